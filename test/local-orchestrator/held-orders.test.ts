import { describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { OrchestratorParts } from '../../local-orchestrator/index.ts';
import { createAdmission } from '../../local-orchestrator/orders/admission.ts';
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
    const missing = { definition: 'pick-order', hash: 'abc', running: 0, capability: 'X.y', place: 'nobody' };
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
