import { expect, onTestFinished, test } from 'vitest';
import type { CommandPort } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { Store } from '#contracts/store.ts';
import { createFleet, type FleetView } from '../../local-orchestrator/fleet/fleet.ts';
import { fleetTables } from '../../local-orchestrator/fleet/fleet-tables.ts';
import { createParking } from '../../local-orchestrator/fleet/parking.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { openSmallStore } from './small-store.ts';

const rack: PlaceConfig = { id: 'rack-1', kind: 'rack', x: 0, y: 0 };
const park: PlaceConfig = { id: 'park-1', kind: 'park', x: 0, y: 0 };

/** A fleet of one robot that stands idle at a rack; `busy` is how many commits the store refuses from now on. */
async function openFleet() {
  const disk = await openSmallStore([fleetTables]);
  const clock = createFakeClock();
  const robot: { -readonly [field in keyof RobotState]: RobotState[field] } = {
    robotId: 'amr-1',
    pose: { x: 0, y: 0, heading: 0 },
    battery: 1,
    activity: 'idle',
    moving: false,
    toteId: null,
    commandId: null,
    place: 'rack-1',
    atMs: 0,
  };
  const view: FleetView = { robots: () => [robot], onChange: () => () => {} };
  const faults = { busy: 0 };
  const store: Store = {
    ...disk,
    async commit(ops, options) {
      if (faults.busy === 0) return disk.commit(ops, options);
      faults.busy -= 1;
      throw new ApplianceError('STORE_BUSY', { waiting: 1, what: 'commits' });
    },
  };
  const sent: string[] = [];
  /** What happens while a robot parks. */
  const way = { parks: async () => {} };
  const commands = {
    async submit({ call }) {
      sent.push(call.action);
      if (call.action === 'park') await way.parks();
      return { state: 'verified', data: {} };
    },
  } as Pick<CommandPort, 'submit'> as CommandPort;
  const live = async (places: readonly PlaceConfig[]) => {
    const fleet = createFleet({ store, clock, log: silentLog, view });
    await fleet.open();
    const parking = createParking({ fleet, view, commands, clock, log: silentLog, places });
    onTestFinished(() => parking.stop());
    return { fleet, parking };
  };
  /** The process dies while the robot is being parked. */
  const dieWhileParking = async () => {
    const { fleet } = await live([park]);
    expect(await fleet.take('parking:amr-1', 'amr-1')).not.toBeNull();
  };
  return { clock, robot, faults, sent, way, live, dieWhileParking };
}

test.each([
  ['with', [rack, park]],
  ['without', [rack]],
])('what was being parked before a restart is free after it, %s places to park', async (_how, places) => {
  const { live, dieWhileParking } = await openFleet();
  await dieWhileParking();
  const { fleet, parking } = await live(places);
  await parking.start();
  expect([...fleet.leases()]).toEqual([]);
});

test.each([
  ['with', [rack, park]],
  ['without', [rack]],
])('a store that is busy during the start keeps no robot, %s places to park', async (_how, places) => {
  const { live, dieWhileParking, clock, robot, faults, sent } = await openFleet();
  await dieWhileParking();
  robot.activity = 'driving';
  const { fleet, parking } = await live(places);
  faults.busy = 2;
  await parking.start();
  expect(fleet.leases().size).toBe(1);
  await passUntil(clock, 2_000, 'it is free', () => fleet.leases().size === 0);
  expect(sent).toEqual([]);
});

test('a parked robot whose release met a busy store is free again soon', async () => {
  const { live, clock, robot, faults, way, sent } = await openFleet();
  const { fleet, parking } = await live([rack, park]);
  way.parks = async () => {
    robot.place = 'park-1';
    faults.busy = 2;
  };
  await parking.start();
  await passUntil(clock, 2_000, 'it was parked', () => sent.length > 0);
  await passUntil(clock, 2_000, 'it is free', () => fleet.leases().size === 0);
  expect(faults.busy).toBe(0);
  expect(sent).toEqual(['park']);
});

test('a robot on its way to its parking place is kept as long as it takes', async () => {
  const { live, clock, robot, way, sent } = await openFleet();
  const { fleet, parking } = await live([rack, park]);
  let arrived = () => {};
  way.parks = () =>
    new Promise((resolve) => {
      arrived = resolve;
    });
  await parking.start();
  await passUntil(clock, 2_000, 'it is on its way', () => sent.length > 0);
  await clock.pass(60_000);
  expect([...fleet.leases()]).toEqual([['amr-1', 'parking:amr-1']]);
  robot.place = 'park-1';
  arrived();
  await passUntil(clock, 2_000, 'it is free', () => fleet.leases().size === 0);
  expect(sent).toEqual(['park']);
});
