import { describe, expect, test } from 'vitest';
import type { RobotState } from '#contracts/devices.ts';
import { patienceMs, troubleOf } from '../../local-orchestrator/fleet/robot-watch.ts';
import { dyingEverywhere, type FloorWork, failed, openFloorWork } from './floor-work.ts';

const input = { robotId: 'amr-1', trouble: 'lost' };
const goods = { sku: 'B', quantity: 8, from: 'receiving-1' };

/** The robot hears nobody: every command to it fails, until a person has seen to it. */
const outOfReach = (work: FloorWork, robotId = 'amr-1') => {
  work.site.plant.setRobot(robotId, { activity: 'lost' });
  work.site.plant.fault('out of reach', 3, ({ target }) =>
    target === robotId ? failed('link lost') : undefined,
  );
};

test('a robot that follows is sent to park and is back in service, without a person', async () => {
  using work = await openFloorWork();
  expect(
    await work.site.run('robot-recovery', { robotId: 'amr-1', trouble: 'stuck' }, { sagaId: 'x' }),
  ).toMatchObject({ status: 'completed' });
  expect(work.acts()).toEqual(['cancel', 'park']);
  expect(await work.leases()).toBe(0);
});

test('one that does not follow is fetched by a person', async () => {
  using work = await openFloorWork();
  outOfReach(work);
  await work.site.start('robot-recovery', 'x', input);
  const task = await work.task('robot-retrieve');
  expect(work.site.plant.fired.get('out of reach')).toBeGreaterThanOrEqual(2);
  expect(task.text).toContain('amr-1 is lost');
  expect(task.context.find(({ label }) => label === 'Last seen at')?.value).toBe('park-1');
  work.site.plant.setRobot('amr-1', { activity: 'idle' });
  await work.answer('robot-retrieve', 'back');
  expect(await work.ended('x')).toBe('completed');
  expect(await work.leases()).toBe(0);
});

test('nobody is given a robot that is being recovered or repaired', async () => {
  using work = await openFloorWork({ robots: ['amr-1'] });
  outOfReach(work);
  await work.site.start('robot-recovery', 'x', input);
  await work.answer('robot-retrieve', 'repair', { note: 'wheel' });
  await work.task('robot-repair');
  work.site.plant.setRobot('amr-1', { activity: 'idle' });
  await work.site.start('putaway', 'p-1', goods);
  await work.site.pass('1 h');
  expect(work.site.plant.count('pick')).toBe(0);
  await work.answer('robot-repair', 'back');
  expect(await work.ended('x')).toBe('completed');
  expect(await work.ended('p-1')).toBe('completed');
});

test('one that is said to be well and is not is asked about again', async () => {
  using work = await openFloorWork();
  outOfReach(work);
  await work.site.start('robot-recovery', 'x', input);
  const first = await work.answer('robot-retrieve', 'back');
  const second = await work.task('robot-retrieve');
  expect(second.taskId).not.toBe(first.taskId);
  work.site.plant.setRobot('amr-1', { activity: 'idle' });
  await work.answer('robot-retrieve', 'back');
  expect(await work.ended('x')).toBe('completed');
});

test('what it worked for goes on with another robot, and its old lease is worth nothing', async () => {
  using work = await openFloorWork({
    tookMs: ({ call, target }) => (call.action === 'pick' && target === 'amr-1' ? 60_000 : 0),
  });
  work.site.plant.setRobot('amr-2', { activity: 'charging', battery: 0.1 });
  await work.site.start('putaway', 'p-1', goods);
  await work.site.pass('10 s');
  expect(work.site.plant.submitted.at(-1)).toMatchObject({ target: 'amr-1', epoch: 1 });
  work.site.plant.setRobot('amr-2', { battery: 0.9 });
  await work.site.start('robot-recovery', 'x', { robotId: 'amr-1', trouble: 'stuck' });
  expect(await work.ended('p-1')).toBe('completed');
  expect(await work.ended('x')).toBe('completed');
  const picked = work.site.effects().filter(({ action }) => action === 'pick');
  expect(picked.map(({ target }) => target)).toEqual(['amr-2']);
  const halt = work.site.plant.submitted.find(({ requestedBy }) => requestedBy.id === 'x');
  expect(halt).toMatchObject({ epoch: 2, call: { action: 'cancel' } });
  expect(await work.leases()).toBe(0);
});

test('a tote on board is put back before it is in service again', async () => {
  using work = await openFloorWork();
  work.site.plant.setRobot('amr-1', { activity: 'fault', toteId: 't-1' });
  await work.site.start('robot-recovery', 'x', { robotId: 'amr-1', trouble: 'fault' });
  await work.site.pass('1 s');
  expect(work.acts()).toContain('putBack');
  // The check waits for the robot to say so itself.
  work.site.plant.setRobot('amr-1', { activity: 'idle', toteId: null });
  expect(await work.ended('x')).toBe('completed');
});

test('cancelled: the robot is in service again', async () => {
  using work = await openFloorWork();
  outOfReach(work);
  await work.site.start('robot-recovery', 'x', input);
  await work.task('robot-retrieve');
  expect(await work.leases()).toBe(1);
  await work.site.cancel('x');
  expect(await work.ended('x')).toBe('cancelled');
  expect(await work.leases()).toBe(0);
  expect(work.site.tasks()).toEqual([]);
});

test('a robot that is not there is refused', async () => {
  using work = await openFloorWork();
  const end = await work.site.run('robot-recovery', { ...input, robotId: 'amr-9' }, { sagaId: 'x' });
  expect(end).toMatchObject({ status: 'compensated', reason: expect.stringContaining('amr-9') });
});

test('it begins by itself when a robot stays lost, once', async () => {
  using work = await openFloorWork({
    config: { robotRecovery: { lostMs: 60_000, stuckMs: 300_000, flatBelow: 0.05 } },
  });
  outOfReach(work);
  await work.site.pass('30 s');
  expect(await work.leases()).toBe(0);
  const task = await work.task('robot-retrieve');
  expect(task.sagaId).toBe('robot-recovery:amr-1:0');
  await work.site.pass('1 h');
  expect(work.site.tasks()).toHaveLength(1);
  work.site.plant.setRobot('amr-1', { activity: 'idle' });
  await work.answer('robot-retrieve', 'back');
  expect(await work.ended('robot-recovery:amr-1:0')).toBe('completed');
  // The next time it is another one.
  outOfReach(work);
  expect((await work.task('robot-retrieve')).sagaId).toBe('robot-recovery:amr-1:1');
});

test('whenever the box dies, the robot is taken out of service once and comes back', async () => {
  await dyingEverywhere({ stock: [] }, async (work) => {
    const run = work.site.run('robot-recovery', { robotId: 'amr-1', trouble: 'stuck' }, { sagaId: 'x' });
    expect(await run).toMatchObject({ status: 'completed' });
    // The word to give up its goal may get lost with the box: it had none.
    expect(work.acts().filter((act) => act !== 'cancel')).toEqual(['park']);
    expect(await work.leases()).toBe(0);
  });
});

describe('trouble', () => {
  const rules = { lostMs: 60_000, stuckMs: 300_000, flatBelow: 0.05 };
  const well: RobotState = {
    robotId: 'amr-1',
    pose: { x: 0, y: 0, heading: 0 },
    battery: 0.9,
    activity: 'idle',
    moving: false,
    toteId: null,
    commandId: null,
    place: null,
    atMs: 0,
  };
  test.each<[Partial<RobotState>, string | null]>([
    [{}, null],
    [{ activity: 'lost' }, 'lost'],
    [{ activity: 'fault' }, 'fault'],
    [{ activity: 'driving', moving: true }, null],
    [{ activity: 'driving' }, 'stuck'],
    [{ activity: 'paused' }, null],
    [{ battery: 0.04 }, 'flat'],
    [{ battery: 0.04, activity: 'charging' }, null],
  ])('%o is %s', (change, expected) => {
    expect(troubleOf({ ...well, ...change }, rules)).toBe(expected);
  });
  test('one that waits in traffic is given more time than one that is lost', () => {
    expect(patienceMs('stuck', rules)).toBeGreaterThan(patienceMs('lost', rules));
  });
});
