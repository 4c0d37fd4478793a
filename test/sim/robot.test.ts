import { describe, expect, test } from 'vitest';
import { ROBOT_HEARTBEAT_SILENCE_MS_MAX } from '#contracts/ros.ts';
import { setFault } from '../../drivers/sim/faults.ts';
import { BATTERY_WORK_MIN, PICK_LINE_MS, PLC_CYCLE_MS } from '../../drivers/sim/limits.ts';
import { commandRun } from '../../drivers/sim/line/plc.ts';
import { cancelGoal, offerGoal, statusOfGoal } from '../../drivers/sim/robots/goals.ts';
import { poseOf } from '../../drivers/sim/robots/motion.ts';
import { pauseRobot, resumeRobot } from '../../drivers/sim/robots/pause.ts';
import { step } from '../../drivers/sim/step.ts';
import { benchWorld, facts, goal, live, liveUntil, pickLine } from './bench-world.ts';

function oneRobot(seed = 1) {
  const world = benchWorld({ robots: 1, seed });
  const [robot] = world.robots;
  if (robot === undefined) throw new Error('no robot');
  const done = () => robot.goal === null;
  const pick = (id: string, tote = 'T1') =>
    goal(world, id, {
      verb: 'pick',
      tote_id: tote,
      lines: [pickLine(world, 'A', 'rack-2-4', 2), pickLine(world, 'B', 'rack-5-9')],
    });
  return { world, robot, done, pick };
}

describe('goals', () => {
  test('pick visits rack after rack, and drop puts the tote on the line', () => {
    const { world, robot, done, pick } = oneRobot();
    offerGoal(world, robot, pick('p1'));
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'p1')).toMatchObject({
      status: 4,
      result: {
        place: 'rack-5-9',
        lines: [
          { sku: 'A', quantity: 2, seen_sku: 'A', place: 'rack-2-4' },
          { sku: 'B', quantity: 1, seen_sku: 'B', place: 'rack-5-9' },
        ],
      },
    });
    expect(world.simMs).toBeGreaterThan(2 * PICK_LINE_MS);
    offerGoal(world, robot, goal(world, 'd1', { verb: 'drop', place: 'induct', tote_id: 'T1' }));
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'd1').status).toBe(4);
    expect(robot.tote).toBeNull();
    expect(world.line.totes).toMatchObject([{ id: 'T1', lane: null }]);
  });

  test('a goal that came before is never carried out again', () => {
    const { world, robot, done, pick } = oneRobot();
    expect(offerGoal(world, robot, pick('p1')).state).toBe('accepted');
    live(world, 2_000);
    expect(offerGoal(world, robot, pick('p1')).state).toBe('running');
    liveUntil(world, done);
    expect(offerGoal(world, robot, pick('p1'))).toMatchObject({ state: 'ended', record: { status: 4 } });
    live(world, 60_000);
    expect(facts(world, 'goal.accepted')).toHaveLength(1);
    expect(facts(world, 'line.picked')).toHaveLength(2);
    expect(facts(world, 'goal.repeated')).toHaveLength(2);
  });

  test('a second goal is refused while one runs, and then counts as never taken', () => {
    const { world, robot, pick } = oneRobot();
    offerGoal(world, robot, pick('p1'));
    expect(offerGoal(world, robot, goal(world, 'g2', { place: 'induct' }))).toEqual({
      state: 'refused',
      reason: 'busy with goal p1',
    });
    expect(statusOfGoal(robot, 'g2').status).toBe(0);
    expect(statusOfGoal(robot, 'p1').status).toBe(2);
  });

  test('cancel stops it on a cell, keeps the tote, and put_back empties it', () => {
    const { world, robot, done, pick } = oneRobot();
    offerGoal(world, robot, pick('p1'));
    liveUntil(world, () => facts(world, 'line.picked').length === 1 && robot.moving);
    cancelGoal(world, robot, 'p1');
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'p1')).toMatchObject({ status: 5, result: { lines: [{ sku: 'A' }] } });
    expect(robot.next).toBeNull();
    expect(robot.tote).toMatchObject({ id: 'T1', items: [{ sku: 'A' }] });
    offerGoal(world, robot, goal(world, 'b1', { verb: 'put_back', tote_id: 'T1' }));
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'b1').status).toBe(4);
    expect(robot.tote).toBeNull();
    expect(facts(world, 'line.put-back')).toMatchObject([{ sku: 'A', quantity: 2 }]);
  });

  test('put_back with nothing picked succeeds at once', () => {
    const { world, robot } = oneRobot();
    offerGoal(world, robot, goal(world, 'b1', { verb: 'put_back', tote_id: 'T1' }));
    live(world, PLC_CYCLE_MS);
    expect(statusOfGoal(robot, 'b1').status).toBe(4);
    expect(facts(world, 'robot.moving')).toEqual([]);
  });

  test('drop waits while the induct is taken, and never puts a tote on a tote', () => {
    const { world, robot, done, pick } = oneRobot();
    for (const tote of ['T1', 'T2']) {
      offerGoal(world, robot, pick(`p-${tote}`, tote));
      liveUntil(world, done);
      offerGoal(world, robot, goal(world, `d-${tote}`, { verb: 'drop', place: 'induct', tote_id: tote }));
      if (tote === 'T1') liveUntil(world, done);
    }
    live(world, 120_000);
    expect(statusOfGoal(robot, 'd-T2').status).toBe(2);
    commandRun(world, true);
    liveUntil(world, done);
    expect(facts(world, 'tote.created').map((fact) => 'tote' in fact && fact.tote)).toEqual(['T1', 'T2']);
  });

  test('drop of a tote it does not carry is refused', () => {
    const { world, robot } = oneRobot();
    const answer = offerGoal(
      world,
      robot,
      goal(world, 'd1', { verb: 'drop', place: 'induct', tote_id: 'T1' }),
    );
    expect(answer).toEqual({ state: 'refused', reason: 'it does not carry tote T1' });
  });
});

describe('pausing', () => {
  test('it stands within a cycle, wherever it is, and goes on only when told', () => {
    const { world, robot, done } = oneRobot();
    offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
    live(world, 3_500);
    pauseRobot(world, robot, 'service');
    step(world, PLC_CYCLE_MS);
    const pose = poseOf(world, robot);
    live(world, 60_000);
    expect(poseOf(world, robot)).toEqual(pose);
    expect(robot.moving).toBe(false);
    expect(facts(world, 'robot.standing')).toHaveLength(1);
    expect(resumeRobot(world, robot)).toBeNull();
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'g').status).toBe(4);
  });

  test('a missing heartbeat does it too, by wall time, and its return starts nothing', () => {
    for (const speed of [1, 60]) {
      const world = benchWorld({ robots: 1, speed });
      const [robot] = world.robots;
      if (robot === undefined) throw new Error('no robot');
      live(world, PLC_CYCLE_MS);
      for (let ms = 0; ms < ROBOT_HEARTBEAT_SILENCE_MS_MAX; ms += PLC_CYCLE_MS) {
        expect(robot.pausedBy).toBe('');
        step(world, PLC_CYCLE_MS);
      }
      expect(robot.pausedBy).toBe('heartbeat');
      expect(resumeRobot(world, robot)).toBe('no heartbeat is heard');
      offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
      live(world, 1_000);
      expect(robot.moving).toBe(false);
      expect(facts(world, 'robot.moving')).toEqual([]);
      expect(resumeRobot(world, robot)).toBeNull();
      liveUntil(world, () => robot.goal === null);
    }
  });
});

describe('faults', () => {
  test('a wrong SKU is seen once, and differs', () => {
    const { world, robot, done, pick } = oneRobot();
    setFault(world, 'wrong-sku', true, null);
    offerGoal(world, robot, pick('p1'));
    liveUntil(world, done);
    const { lines } = statusOfGoal(robot, 'p1').result;
    expect(lines.map(({ sku, seen_sku }) => sku === seen_sku)).toEqual([false, true]);
    expect(world.wrongSkuFor.size).toBe(0);
  });

  test('a lost robot stands still with its goal, and goes on when it is found and told to', () => {
    const { world, robot, done } = oneRobot();
    offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
    live(world, 3_000);
    setFault(world, 'robot-lost', true, null);
    const pose = poseOf(world, robot);
    live(world, 30_000);
    expect(poseOf(world, robot)).toEqual(pose);
    expect(robot.goal?.id).toBe('g');
    setFault(world, 'robot-lost', false, null);
    resumeRobot(world, robot);
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'g').status).toBe(4);
  });

  test('a flat battery ends the goal as aborted; swapped, it works again', () => {
    const { world, robot, done } = oneRobot();
    offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
    live(world, 3_000);
    setFault(world, 'battery-flat', true, 'amr-1');
    expect(statusOfGoal(robot, 'g')).toMatchObject({ status: 6, result: { reason: 'battery is flat' } });
    expect(offerGoal(world, robot, goal(world, 'g2', { place: 'induct' })).state).toBe('refused');
    live(world, 10_000);
    expect(robot.moving).toBe(false);
    setFault(world, 'battery-flat', false, 'amr-1');
    offerGoal(world, robot, goal(world, 'g3', { place: 'induct' }));
    liveUntil(world, done);
    expect(statusOfGoal(robot, 'g3').status).toBe(4);
  });

  test('a robot that nobody names is named in the answer', () => {
    const { world } = oneRobot();
    expect(setFault(world, 'robot-lost', true, 'amr-9')).toEqual({
      ok: false,
      reason: 'there is no amr-9; robots are amr-1',
    });
  });
});

test('work drains the battery; a low one takes nothing but park, which charges it', () => {
  const { world, robot, done } = oneRobot();
  const before = robot.battery;
  offerGoal(world, robot, goal(world, 'g', { place: 'induct' }));
  liveUntil(world, done);
  expect(robot.battery).toBeLessThan(before);
  robot.battery = BATTERY_WORK_MIN / 2;
  expect(offerGoal(world, robot, goal(world, 'g2', { place: 'reject' })).state).toBe('refused');
  expect(offerGoal(world, robot, goal(world, 'p', { verb: 'park' })).state).toBe('accepted');
  liveUntil(world, done);
  expect(robot.place).toBe('charge-1');
  liveUntil(world, () => robot.battery === 1, 60);
});
