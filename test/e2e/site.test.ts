import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SiteSummary, Task, UplinkStatus } from '#contracts/api.ts';
import { actionSpec } from '#contracts/capabilities.ts';
import { commandChanged, commandRequested } from '#contracts/events/command.ts';
import type { AnyEvent, Lane } from '#contracts/events/envelope.ts';
import {
  intakeRefused,
  workOrderCompleted,
  workOrderCreated,
  workOrderFailed,
} from '#contracts/events/order.ts';
import { interlockCleared, interlockTripped } from '#contracts/events/safety.ts';
import { sagaStepStarted } from '#contracts/events/saga.ts';
import { taskChanged } from '#contracts/events/task.ts';
import { loadReplayMapping, readReplay } from '../../appliance/intake/index.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { inventoryCsv, type LedgerEntry, slotSkus } from '../../drivers/sim/index.ts';
import { eventsOf, type KeptRecord, loggedEvents, regionRecords } from './records.ts';
import { eventually, hasRealOrders, realOrders, root, startWholeSite, type WholeSite } from './whole-site.ts';

const SPEED = 40;
const ORDERS = 24;
/** Postage, discounts, manual entries and the like of the real data. */
const SERVICES = ['POST', 'M', 'DOT', 'D', 'C2', 'BANK CHARGES'];
const demoOrders = join(root, 'appliance/demo/orders.csv');
const demoMapping = join(root, 'appliance/demo/orders-mapping.yaml');
const realMapping = `delimiter: ';'
decimalComma: true
timeFormat: day-first
cancelPrefix: C
columns: { orderId: InvoiceNo, sku: StockCode, quantity: Quantity, time: InvoiceDate, description: Description, customer: CustomerID }
`;

/** The stretch during which the e-stop was pressed, by the floor's own clock, which is this machine's. */
interface Pressed {
  readonly fromMs: number;
  readonly toMs: number;
}

let site: WholeSite;
let records: Map<Lane, KeptRecord[]>;
let log: AnyEvent[];
let facts: LedgerEntry[];
let openTasks: Task[];
let pressed: Pressed;
let sent: readonly { kind: string; orderId: string }[];
let exitCode: number | null;
let refusal: unknown;

const summary = async () => (await site.ask('GET', '/summary')).body as SiteSummary;
const completed = async (count: number) =>
  eventually(
    `${count} orders are done`,
    async () => {
      const { body } = await site.ask('GET', '/orders?state=completed&limit=500');
      return (body as { orders: unknown[] }).orders.length >= count;
    },
    120_000,
  );
const uplink = async () =>
  ((await site.ask('GET', '/uplinks')).body as { uplinks: UplinkStatus[] }).uplinks[0];

/** The whole story, once; the tests below look at what it left behind. */
beforeAll(async () => {
  const scratch = await prepareOrders();
  site = scratch.site;
  await site.startAppliance();
  sent = scratch.items;
  const replay = site.cli(
    ...['orders', 'replay', scratch.file, '--mapping', scratch.mapping, '--speed', '600'],
    ...['--limit', String(ORDERS), '--data', site.dataDir, '--json'],
  );
  const replayed = once(replay, 'exit');

  await completed(2);
  await site.fault('region', 'uplink-cut', true);
  await eventually('the uplink is seen to be down', async () => (await uplink())?.state === 'down', 30_000);
  await completed(4);
  const backlog = (await uplink())?.backlogCount ?? 0;
  expect(backlog, 'the backlog grows while the uplink is cut').toBeGreaterThan(10);

  const beforeKill = (await site.ledger()).at(-1)?.n ?? 0;
  await site.killAppliance();
  await eventually(
    'robots and line stop by themselves when the appliance is gone',
    async () => {
      const since = await site.ledger(beforeKill);
      return (
        since.some(({ kind }) => kind === 'line.stopped') &&
        since.some((fact) => fact.kind === 'robot.paused')
      );
    },
    20_000,
  );
  await site.startAppliance();
  await recover();
  await completed(8);

  await site.fault('sim', 'e-stop', true);
  const fromMs = Date.now();
  await eventually('the gate reports the stop', async () => (await summary()).stopped, 60_000);
  await eventually('everything stands', allStanding, 60_000);
  refusal = await askRobotToDrive();
  const toMs = Date.now();
  await site.fault('sim', 'e-stop', false);
  pressed = { fromMs, toMs };
  await recover();

  const [code] = (await replayed) as [number];
  expect(code, 'the replay ends well').toBe(0);
  await completed(10);
  await site.fault('region', 'uplink-cut', false);
  await eventually('every order has ended or waits for a person', settled, 240_000);
  await eventually('the region has caught up', async () => (await uplink())?.backlogCount === 0, 60_000);

  openTasks = ((await site.ask('GET', '/tasks')).body as { tasks: Task[] }).tasks;
  log = await loggedEvents(site);
  facts = await site.ledger();
  exitCode = await site.stopAppliance();
  records = await regionRecords(site);
}, 600_000);

afterAll(() => site?.close());

async function prepareOrders() {
  const source = hasRealOrders ? realOrders : demoOrders;
  const mappingText = hasRealOrders ? realMapping : readFileSync(demoMapping, 'utf8');
  const demo = parseSiteFile(
    readFileSync(join(root, 'appliance/demo/site.yaml'), 'utf8').replace(
      /\$\{([A-Z_]+)\}/g,
      (_, name: string) => (name === 'HTTP_PORT' ? '0' : name.endsWith('PORT') ? '1' : '/nowhere'),
    ),
    'site.yaml',
  );
  const scratchDir = process.env.TMPDIR ?? '/tmp';
  const mapping = join(scratchDir, `holdfast-e2e-mapping-${process.pid}.yaml`);
  writeFileSync(mapping, mappingText);
  const items = (await readReplay(source, loadReplayMapping(mapping))).slice(0, ORDERS);
  const skus = items.flatMap((item) =>
    item.kind === 'order' ? (item.order.lines as { sku: string }[]).map(({ sku }) => sku) : [],
  );
  const goods = skus.filter((sku) => !SERVICES.includes(sku));
  const started = await startWholeSite({
    speed: SPEED,
    serviceSkus: SERVICES,
    inventoryCsv: inventoryCsv(slotSkus(goods, demo.places)),
  });
  return { site: started, items, file: source, mapping };
}

/** A person looks, finds it safe, and resets what wants it. */
async function recover(): Promise<void> {
  await eventually(
    'the interlocks are reset and robots go on',
    async () => {
      const { body } = await site.ask('GET', '/interlocks');
      const { interlocks } = body as { interlocks: { id: string; needsReset: boolean }[] };
      for (const { id, needsReset } of interlocks) {
        if (needsReset) await site.ask('POST', `/interlocks/${id}/reset`, {});
      }
      return !(await summary()).stopped;
    },
    30_000,
  );
}

async function allStanding(): Promise<boolean> {
  const moving = new Set<string>();
  for (const fact of await site.ledger()) {
    if (fact.kind === 'robot.moving') moving.add(fact.robot);
    if (fact.kind === 'robot.standing') moving.delete(fact.robot);
  }
  return moving.size === 0;
}

/** What somebody with the rights of a technician hears who wants a robot to drive now. */
async function askRobotToDrive(): Promise<unknown> {
  const { body } = await site.ask(
    'POST',
    '/commands',
    {
      target: 'amr-1',
      call: { capability: 'MobileRobot', action: 'goTo', args: { place: 'park-1' } },
      expiresAtMs: Date.now() + 5_000,
      timeoutMs: 5_000,
      reason: 'to see that it does not',
    },
    { 'idempotency-key': 'drive-while-stopped' },
  );
  return (body as { result: unknown }).result;
}

async function settled(): Promise<boolean> {
  const { body } = await site.ask('GET', '/orders?limit=500');
  const { orders } = body as { orders: { state: string }[] };
  return orders.every(({ state }) => !['accepted', 'running'].includes(state));
}

describe('a site with a cut uplink, a power cut and an e-stop', () => {
  test('every accepted order is finished or in a person’s hands, and no other', () => {
    const created = eventsOf(records.values(), workOrderCreated).map(({ data }) => data.orderId);
    const done = eventsOf(records.values(), workOrderCompleted).map(({ data }) => data.orderId);
    const failed = eventsOf(records.values(), workOrderFailed).map(({ data }) => data.orderId);
    const waiting = openTasks.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
    const refused = eventsOf(records.values(), intakeRefused).map(({ data }) => data.key);
    const orders = sent.filter(({ kind }) => kind === 'order').map(({ orderId }) => orderId);

    expect(created.length).toBeGreaterThan(10);
    expect(new Set(created).size, 'no order twice').toBe(created.length);
    expect([...new Set([...created, ...refused])].sort()).toEqual(expect.arrayContaining([...orders].sort()));
    const ended = [...done, ...failed];
    expect(new Set(ended).size, 'no order ends twice').toBe(ended.length);
    expect(new Set([...ended, ...waiting])).toEqual(new Set(created));
    expect(done.length).toBeGreaterThanOrEqual(10);
  });

  test('the region has every event of the site once, in order, without a gap', () => {
    const inLog = new Map<string, string[]>();
    // What is personal stays on the site: classificationMax of the uplink is internal.
    const leaves = log.filter(({ classification }) => ['public', 'internal'].includes(classification));
    expect(leaves.length, 'something stayed on the site').toBeLessThan(log.length);
    for (const event of leaves) inLog.set(event.lane, [...(inLog.get(event.lane) ?? []), event.id]);
    for (const [lane, kept] of records) {
      expect(
        kept.map(({ sequence }) => sequence),
        lane,
      ).toEqual(kept.map((_, index) => index + 1));
      // What the stop itself recorded came after the log was read.
      const ids = kept.map(({ event }) => event.id);
      expect(ids.slice(0, inLog.get(lane)?.length ?? 0), lane).toEqual(inLog.get(lane) ?? []);
      expect(new Set(ids).size, lane).toBe(ids.length);
    }
    expect([...records.values()].flat().length).toBeGreaterThan(500);
  });

  test('no robot is commanded twice for one step', () => {
    const dispatched = eventsOf(records.values(), commandChanged)
      .filter(({ data }) => data.state === 'dispatched')
      .map(({ data }) => data.commandId);
    expect(new Set(dispatched).size).toBe(dispatched.length);
    expect(dispatched.length).toBeGreaterThan(20);

    // And by the floor's own account: each goal was taken up once.
    const accepted = facts.flatMap((fact) => (fact.kind === 'goal.accepted' ? [fact.goalId] : []));
    expect(new Set(accepted).size).toBe(accepted.length);
    // Each picked line was picked once for its tote.
    const picks = facts.flatMap((fact) => (fact.kind === 'line.picked' ? [fact] : []));
    const wanted = eventsOf(records.values(), commandRequested).flatMap(({ data }) =>
      data.call.action === 'pick' ? [data] : [],
    );
    for (const { commandId, call } of wanted) {
      const lines = (call.args as { lines: unknown[] }).lines;
      expect(picks.filter(({ goalId }) => goalId === commandId).length).toBeLessThanOrEqual(lines.length);
    }
  });

  test('every step that acts was recorded before it acted', () => {
    const started = new Set(
      eventsOf(records.values(), sagaStepStarted).flatMap(({ data }) =>
        data.commandId === undefined ? [] : [data.commandId],
      ),
    );
    const goals = facts.flatMap((fact) => (fact.kind === 'goal.accepted' ? [fact.goalId] : []));
    expect(goals.filter((goal) => goal.startsWith('pick-order:') && !started.has(goal))).toEqual([]);
  });

  test('nothing moves while the e-stop is pressed', () => {
    const trips = eventsOf(records.values(), interlockTripped).filter(
      ({ data }) => data.interlock === 'e-stop-1',
    );
    const trip = trips.find(
      ({ time }) => Date.parse(time) >= pressed.fromMs - 1_000 && Date.parse(time) <= pressed.toMs,
    );
    expect(trip, 'the stop reached the region').toBeDefined();
    expect(
      eventsOf(records.values(), interlockCleared).some(({ data }) => data.interlock === 'e-stop-1'),
    ).toBe(true);

    const within = (event: AnyEvent) => {
      const atMs = Date.parse(event.time);
      return atMs > Date.parse(trip?.time ?? '') + (trip?.data.reactionMs ?? 0) && atMs < pressed.toMs;
    };
    const moving = new Set(
      eventsOf(records.values(), commandRequested)
        .filter(({ data }) => actionSpec(data.call)?.movement === 'starts')
        .map(({ data }) => data.commandId),
    );
    const dispatched = eventsOf(records.values(), commandChanged).filter(
      (event) => within(event) && event.data.state === 'dispatched' && moving.has(event.data.commandId),
    );
    expect(dispatched).toEqual([]);

    expect(refusal).toMatchObject({ state: 'refused', interlocks: expect.arrayContaining(['e-stop-1']) });

    // Robots come to rest once, within what they need to; none sets off again.
    const pressedAt = facts.find((fact) => fact.kind === 'e-stop.pressed')?.n ?? Number.NaN;
    const releasedAt = facts.find((fact) => fact.kind === 'e-stop.released')?.n ?? Number.NaN;
    const paused = facts.filter(({ n, kind }) => n > pressedAt && n < releasedAt && kind === 'robot.paused');
    expect(paused.length).toBeGreaterThan(0);
    const after = paused.at(-1)?.n ?? 0;
    const setOff = facts.filter(
      ({ n, kind }) => n > after && n < releasedAt && (kind === 'robot.moving' || kind === 'line.started'),
    );
    expect(setOff).toEqual([]);
  });

  test('decisions and refusals left records, and the stop was in order', () => {
    expect(exitCode).toBe(0);
    const tasks = eventsOf(records.values(), taskChanged).map(({ data }) => data.taskId);
    expect(openTasks.every(({ taskId }) => tasks.includes(taskId))).toBe(true);
    for (const { data } of eventsOf(records.values(), intakeRefused)) {
      expect(data.reason.length).toBeGreaterThan(5);
      expect(data.hint.length).toBeGreaterThan(5);
    }
  });
});
