import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { playOrders } from '../../appliance/cli/play-orders.ts';
import { createIntake, intakeStoreModule } from '../../appliance/intake/index.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import { createOrchestrator, orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import { places } from '../local-orchestrator/parts.ts';
import { createPlant } from '../local-orchestrator/plant.ts';
import { until } from '../support/until.ts';
import { listen, startTestApi } from './test-api.ts';

const WAITING_MAX = 3;
const disk = () => {
  const opened = openLocalDisk([...orchestratorStoreModules, intakeStoreModule]);
  onTestFinished(() => opened.close());
  return opened;
};
type Disk = ReturnType<typeof disk>;

/** Intake and orchestrator on one store. There is no robot at first, so one order runs and the others wait. */
async function startWork({ start }: Disk) {
  const store = start({ clock: systemClock });
  const plant = createPlant([]);
  const alarms = new Map<string, string>();
  const orchestrator = createOrchestrator({
    store,
    commands: plant.commands,
    fleet: plant.fleet,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    site: { id: 'test', timeZone: 'UTC' },
    config: { runningMax: 1, waitingMax: WAITING_MAX, pickOrder: { robots: ['*'], batteryMin: 0 } },
    places,
    tasks: {
      alarms: {
        raise: ({ alarmId, text }) => void alarms.set(alarmId, text),
        clear: (alarmId) => void alarms.delete(alarmId),
        list: () => [],
      },
    },
  });
  await orchestrator.inventory.loadStock([{ sku: 'MUG', place: 'rack-1', quantity: 1_000 }]);
  const refused: string[] = [];
  const intake = createIntake({
    store,
    clock: systemClock,
    log: silentLog,
    site: 'test-site',
    rules: {
      defaultDestination: 'packing-1',
      destinations: new Set(['packing-1']),
      serviceSkus: new Set(),
      unknownSku: 'refuse',
      knowsSku: (sku) => sku === 'MUG',
    },
    backlog: orchestrator.backlog,
    onRefused: (code) => void refused.push(code),
  });
  return { store, plant, orchestrator, intake, alarms, refused };
}

/** The API over a socket, as whoever hands in orders meets it. */
async function serve({ intake, orchestrator }: Awaited<ReturnType<typeof startWork>>) {
  const api = await startTestApi({
    intake,
    orders: { list: (query) => orchestrator.orders(query), get: (id) => orchestrator.order(id) },
    isStarting: () => !orchestrator.isStarted(),
    notReady: () => (orchestrator.isStarted() ? undefined : 'it starts'),
  });
  const listening = await listen(api.services);
  onTestFinished(async () => {
    await listening.close();
    await api.end();
  });
  const headers = { ...api.as('operator'), 'content-type': 'application/json' };
  const ask = async (method: string, path: string, body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${listening.url}${path}`, { method, headers, ...sent });
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  return { ask, post: (path: string, body: unknown) => ask('POST', `/api/v1${path}`, body) };
}

const order = (orderId: string) => ({ orderId, lines: [{ sku: 'MUG', quantity: 1 }] });

test('until the work of before is taken up, whoever asks about work is told to come again', async () => {
  const work = await startWork(disk());
  const { ask, post } = await serve(work);
  const later = { status: 503, retryAfter: '5', body: { code: 'SAGA_STARTING' } };
  expect(await post('/orders', order('O-1'))).toMatchObject(later);
  expect(await post('/sagas/s-1/signals', { id: '1', name: 'go', payload: null })).toMatchObject(later);
  expect(await post('/tasks/task-1/decide', { decision: 'yes' })).toMatchObject(later);
  expect(await ask('GET', '/api/v1/tasks')).toMatchObject(later);
  expect(await ask('GET', '/readyz')).toMatchObject({
    status: 503,
    body: { status: 'not ready', reason: 'it starts' },
  });
  // What does not wait for it: a person may sign in, and motion may be ended.
  expect((await ask('GET', '/api/v1/devices')).status).toBe(200);
  await work.orchestrator.start();
  onTestFinished(() => work.orchestrator.stop());
  expect((await ask('GET', '/readyz')).status).toBe(200);
  expect((await post('/orders', order('O-1'))).status).toBe(201);
});

test('a full backlog takes no more, loses none, and takes more when some have begun', async () => {
  const work = await startWork(disk());
  await work.orchestrator.start();
  onTestFinished(() => work.orchestrator.stop());
  const { post } = await serve(work);
  const counts = () => work.orchestrator.counts();

  expect((await post('/orders', order('O-0'))).status).toBe(201);
  await until('one runs', async () => (await counts()).ordersRunning === 1);
  await until('its place is free', () => work.orchestrator.backlog.size() === 0);
  const ids = Array.from({ length: 10 }, (_, nth) => `O-${nth + 1}`);
  const answers = await Promise.all(ids.map((id) => post('/orders', order(id))));
  const taken = ids.filter((_, nth) => answers[nth]?.status === 201);
  expect(taken).toHaveLength(WAITING_MAX);
  const full = { status: 429, retryAfter: '10', body: { code: 'INT_BACKLOG_FULL' } };
  for (const answer of answers) if (answer.status !== 201) expect(answer).toMatchObject(full);
  expect(answers.find(({ status }) => status === 429)?.body.title).toMatch(
    /^3 accepted orders wait to begin/,
  );
  expect(work.refused).toEqual(Array.from({ length: 7 }, () => 'INT_BACKLOG_FULL'));
  expect([...work.alarms.keys()]).toEqual(['orders-backlog']);

  const row = { id: 'D-1', article: 'MUG', pieces: 1 };
  const source = { schema: 'public', table: 'orders' };
  expect(await post('/intake/debezium', { op: 'c', source, after: row })).toMatchObject(full);
  // What is here already is no news, and a mistake stays one.
  expect((await post('/orders', order(taken[0] ?? ''))).status).toBe(200);
  expect((await post('/orders', order(''))).status).toBe(422);

  const file = Array.from({ length: 5 }, (_, nth) => order(`F-${nth}`));
  const played = playOrders(
    file.map((each) => ({ kind: 'order', atMs: 0, orderId: each.orderId, order: each })),
    {
      api: { ask: async (_method, path, body) => post(path, body) },
      clock: systemClock,
      speed: 1,
      patienceMs: 0,
      onProgress: () => {},
    },
  );
  await until('the file waits too', () => work.refused.length > 9);
  work.plant.setRobot('amr-1', {});
  expect(await played).toEqual({ accepted: 5, repeated: 0, cancelled: 0, refused: 0, refusals: [] });
  const all = 1 + WAITING_MAX + file.length;
  await until('all are done', async () => (await counts()).ordersCompletedToday === all);
  expect(work.orchestrator.backlog.size()).toBe(0);
  expect(work.alarms.size).toBe(0);
});

test('those that waited before a restart count from its first moment, read from the log or not', async () => {
  const opened = disk();
  const first = await startWork(opened);
  await first.orchestrator.start();
  const accept = (id: string, { intake }: typeof first) =>
    intake.accept(order(id), { intake: 'http', key: id });
  await accept('O-1', first);
  await accept('O-2', first);
  await until('one is in the table', async () => (await first.orchestrator.counts()).ordersWaiting === 1);
  await first.orchestrator.stop();
  // Nobody reads them before the next start.
  await accept('O-3', first);
  await accept('O-4', first);

  const second = await startWork(opened);
  await second.orchestrator.start();
  onTestFinished(() => second.orchestrator.stop());
  expect(second.orchestrator.backlog.size()).toBe(WAITING_MAX);
  await expect(accept('O-5', second)).rejects.toMatchObject({ code: 'INT_BACKLOG_FULL' });
});
