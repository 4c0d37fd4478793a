import { describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { OrchestratorParts } from '../../local-orchestrator/index.ts';
import { createAdmission } from '../../local-orchestrator/orders/admission.ts';
import { createBacklog } from '../../local-orchestrator/orders/backlog.ts';
import { startRecovering } from '../../local-orchestrator/starters/recovery-starter.ts';
import { startReplenishing } from '../../local-orchestrator/starters/replenish-starter.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { openSagaStore, orderEvent, startSite, temporaryFolder } from './site.ts';

type Alarms = NonNullable<NonNullable<OrchestratorParts['tasks']>['alarms']>;
type Raised = Parameters<Alarms['raise']>[0];

/** Alarms as the floor keeps them: raised again only after they cleared. */
function createAlarms() {
  const active = new Map<string, Raised>();
  const raised: Raised[] = [];
  const alarms: Alarms = {
    raise(alarm) {
      if (active.has(alarm.alarmId)) return;
      active.set(alarm.alarmId, alarm);
      raised.push(alarm);
    },
    clear: (alarmId) => void active.delete(alarmId),
    list: () => [...active.values()],
  };
  return { alarms, active, raised };
}

const missing = { definition: 'd', hash: 'abc', running: 0, capability: 'X.y', place: 'nobody' };

test('a place that cannot be replenished raises an alarm and holds up no other', async () => {
  const floor = createAlarms();
  const begun: unknown[] = [];
  const place = (id: string): PlaceConfig => ({
    id,
    kind: 'rack',
    x: 0,
    y: 0,
    holds: { sku: 'A', minimum: 5, target: 9 },
  });
  let handle: (records: readonly unknown[]) => Promise<void> = async () => {};
  const lacks = new Set(['rack-1']);
  await startReplenishing({
    store: {
      follow(_filter: unknown, given: typeof handle) {
        handle = given;
        return async () => {};
      },
      commit: async () => [],
    } as never,
    inventory: { places: { contents: async () => [], claims: async () => [] } } as never,
    places: [place('rack-1'), place('rack-2')],
    log: silentLog,
    alarms: floor.alarms,
    async begin(_name, _sagaId, input) {
      const { place } = input as { place: string };
      if (lacks.has(place)) throw new ApplianceError('SAGA_CAPABILITY_MISSING', missing);
      begun.push(place);
    },
  });
  const left = { offset: 1, event: { data: { lines: [{ place: 'rack-1' }, { place: 'rack-2' }] } } };
  await handle([left]);
  await handle([left]);
  expect(begun).toEqual(['rack-2', 'rack-2']);
  expect(floor.raised).toMatchObject([{ alarmId: 'replenish-held/rack-1', source: 'rack-1' }]);
  lacks.clear();
  await handle([left]);
  expect(floor.active.size).toBe(0);
});

test('a robot whose recovery cannot begin raises an alarm once, and is tried again', async () => {
  const floor = createAlarms();
  const clock = createFakeClock();
  let tries = 0;
  let lacks = true;
  const end = startRecovering({
    fleet: { leaseOf: () => ({ holder: null, epoch: 3, takenFrom: null }) } as never,
    view: {
      robots: () => [{ robotId: 'amr-1', activity: 'lost', battery: 1, moving: false }],
      onChange: () => () => {},
    } as never,
    clock,
    log: silentLog,
    rules: { lostMs: 1_000, stuckMs: 1_000, flatBelow: 0.1 } as never,
    alarms: floor.alarms,
    async begin() {
      tries += 1;
      if (lacks) throw new ApplianceError('SAGA_CAPABILITY_MISSING', missing);
    },
  });
  for (let seconds = 0; seconds < 5; seconds += 1) await clock.pass(1_000);
  expect(tries).toBeGreaterThan(2);
  expect(floor.raised).toMatchObject([{ alarmId: 'recovery-held/amr-1', source: 'amr-1' }]);
  lacks = false;
  await clock.pass(1_000);
  await until('it is cleared', () => floor.active.size === 0);
  end();
});

describe('orders whose saga needs what the site lacks', () => {
  test('wait with one alarm that says what is missing, and begin when it is there', async () => {
    const dir = temporaryFolder();
    const floor = createAlarms();
    const poor = await startSite({
      dir,
      parts: { capabilities: new Set(['Camera']), tasks: { alarms: floor.alarms } },
    });
    for (const orderId of ['o-1', 'o-2', 'o-3']) await poor.order(orderId);
    await until('somebody is told', () => floor.raised.length > 0);
    expect(floor.raised).toMatchObject([
      {
        alarmId: 'orders-held',
        severity: 'high',
        text: expect.stringMatching(/pick-order .* needs \w+\.\w+, which no device of the site file has/),
        hint: expect.stringContaining('Add a device'),
      },
    ]);
    await poor.reached('o-2', 'accepted');
    await poor.orchestrator.cancelOrder('o-2', 'ann', 'not needed');
    await poor.reached('o-2', 'cancelled');
    await poor.close();

    const rich = await startSite({ dir, parts: { tasks: { alarms: floor.alarms } } });
    await rich.reached('o-1', 'completed');
    await rich.reached('o-3', 'completed');
    expect(floor.raised).toHaveLength(1);
    expect(floor.active.size).toBe(0);
  });

  test('hold up no others, and are looked at again without a restart', async () => {
    const store = await openSagaStore(temporaryFolder());
    const clock = createFakeClock();
    const floor = createAlarms();
    const begun: string[] = [];
    let lacks = true;
    const definition = { name: 'pick-order', title: 'Pick', nodes: {} } as unknown as SagaDefinition;
    const admission = createAdmission({
      store,
      clock,
      log: silentLog,
      site: 'test',
      versionFor(_name, { correlationId }) {
        if (lacks && correlationId.startsWith('bad'))
          throw new ApplianceError('SAGA_CAPABILITY_MISSING', missing);
        return { definition, hash: 'abc' };
      },
      engine: {
        pushesBack: () => null,
        async start({ correlationId: orderId }: { correlationId: string }) {
          const params = { orderId, state: 'running', step: null, robot: null, taskId: null, nowMs: 0 };
          await store.commit([{ op: 'run', statement: 'orders.begin', params, changes: 1 }]);
          begun.push(orderId);
          return 'changed';
        },
      } as never,
      desk: { tell() {} } as never,
      risk: { riskOf: () => null, accepted: () => [] } as never,
      alarms: floor.alarms,
      places: [],
      backlog: createBacklog({ store, alarms: floor.alarms, waitingMax: 1_000 }),
      runningMax: 1_000,
    });
    await admission.start();
    // More than are taken at once, all before the good one.
    const ids = [...Array.from({ length: 250 }, (_, index) => `bad-${index}`), 'good'];
    const nowMs = systemClock.nowMs();
    await store.commit(ids.map((id) => ({ op: 'append' as const, event: orderEvent(id, nowMs) })));
    await until('the good one has begun', () => begun.length > 0);
    expect(begun).toEqual(['good']);
    expect(floor.raised).toHaveLength(1);

    lacks = false;
    await clock.pass(60_000);
    await until('the others have begun', () => begun.length === ids.length);
    expect(floor.active.size).toBe(0);
    await admission.stop();
    await store.close();
  });
});
