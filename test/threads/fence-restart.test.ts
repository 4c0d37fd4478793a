import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { createFleet } from '../../local-orchestrator/fleet/fleet.ts';
import { fleetTables } from '../../local-orchestrator/fleet/fleet-tables.ts';
import { leaseEpochs } from '../../local-orchestrator/index.ts';
import { runConveyor } from '../support/floor-commands.ts';
import { keepStore } from '../support/keep-store.ts';
import { releasedSlave, startTestFloor } from '../support/test-floor.ts';
import { until } from '../support/until.ts';

/** Leases are of targets, whatever their kind: the line of the test floor stands for a robot. */
const TARGET = 'conveyor-1';

test('who was fenced stays fenced after a restart, though the new holder says nothing', async () => {
  const kept = await keepStore([fleetTables]);
  onTestFinished(() => kept.end());
  const view = { robots: () => [], onChange: () => () => {} };
  const fleet = createFleet({ store: kept.store, clock: systemClock, log: silentLog, view });
  await fleet.open();
  const before = await fleet.take('pick-order:A-1', TARGET);
  const after = await fleet.fence('robot-recovery:x', TARGET);
  fleet.close();
  expect([before?.epoch, after.epoch]).toEqual([1, 2]);

  const slave = await releasedSlave();
  const first = await startTestFloor({ slave, epochs: await leaseEpochs(kept.store) });
  await until('the interlock is met', () => first.floor.interlocks()[0]?.met);
  expect(await first.floor.submit(runConveyor({ epoch: 1 }))).toMatchObject({ code: 'SAFE_FENCED' });
  await first.floor.stop();

  await kept.reopen();
  const second = await startTestFloor({
    slave,
    dataDir: first.dataDir,
    epochs: await leaseEpochs(kept.store),
  });
  await until('the interlock is met', () => second.floor.interlocks()[0]?.met);
  expect(await second.floor.submit(runConveyor({ epoch: 1 }))).toMatchObject({
    state: 'refused',
    code: 'SAFE_FENCED',
    retryable: false,
  });
  expect(await second.floor.submit(runConveyor({ epoch: 2 }))).toMatchObject({ state: 'verified' });
});
