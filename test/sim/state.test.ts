import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExecuteGoal, goalStatusCodes, rosNames } from '#contracts/ros.ts';
import type { Sim } from '../../drivers/sim/index.ts';
import { connectPlc } from './plc-client.ts';
import { connectRos, type RosClient } from './ros-client.ts';
import { nextFact, startTestSim } from './test-sim.ts';

const names = rosNames('/amr_1');
let dir: string;
let file: string;
let warnings: string[];
let sim: Sim;
let robot: RosClient;

const start = async (robots = 2) => {
  sim = await startTestSim({ robots, state: { file, warn: (words) => warnings.push(words) } });
  robot = await connectRos(sim.ports.ros);
};
const stop = async () => {
  robot.close();
  await sim.close();
};
const restart = async () => {
  await stop();
  await start();
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-sim-state-'));
  file = join(dir, 'floor.json');
  warnings = [];
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

const racks = () => sim.places.filter(({ kind }) => kind === 'rack');
const goal = (goalId: string, fields: Partial<ExecuteGoal>): ExecuteGoal => {
  const { x = 0, y = 0 } = sim.places.find(({ id }) => id === fields.place) ?? {};
  return { goal_id: goalId, verb: 'go_to', place: '', x, y, tote_id: '', lines: [], ...fields };
};
const pick = (goalId: string, lines: number) =>
  goal(goalId, {
    verb: 'pick',
    tote_id: 'T-1',
    lines: racks()
      .slice(-lines)
      .map(({ id, x, y }, line) => ({ sku: `S-${line}`, quantity: 1, place: id, x, y })),
  });
const ofRobot = () => sim.state().robots[0];
const statusOf = async (goalId: string) => {
  const { values } = (await robot.call(names.goalStatus, { goal_id: goalId })) as unknown as {
    values: { status: number; result: { lines: unknown[] } };
  };
  return values;
};

describe('a floor that is kept', () => {
  test('goes on in the middle of a goal, once the robot is told to', async () => {
    robot.beat();
    robot.goal(pick('g-1', 3));
    await nextFact(sim, 'line.picked');
    await stop();
    const before = ofRobot();
    await start();

    expect(ofRobot()).toMatchObject({
      x: before?.x,
      y: before?.y,
      battery: before?.battery,
      goalId: 'g-1',
      tote: before?.tote,
    });
    // It heard nobody, so it stands and says so, and its goal is still its goal.
    await nextFact(sim, 'robot.paused', ({ by }) => by === 'heartbeat');
    expect(sim.ledger().filter(({ kind }) => kind === 'robot.moving')).toEqual([]);
    expect(await statusOf('g-1')).toMatchObject({ status: goalStatusCodes.executing });

    robot.beat();
    expect(await robot.call(names.resume)).toMatchObject({ values: { success: true } });
    await nextFact(sim, 'goal.finished', ({ goalId }) => goalId === 'g-1');
    const { status, result } = await statusOf('g-1');
    expect([status, result.lines.length]).toEqual([goalStatusCodes.succeeded, 3]);
    expect(ofRobot()?.tote).toEqual({ id: 'T-1', items: 3 });
  });

  test('remembers how goals ended, and does none of them twice', async () => {
    robot.beat();
    robot.goal(pick('g-1', 1));
    await nextFact(sim, 'goal.finished');
    await restart();
    robot.goal(pick('g-1', 1));
    await nextFact(sim, 'goal.repeated', ({ status }) => status === goalStatusCodes.succeeded);
    expect(ofRobot()?.tote).toEqual({ id: 'T-1', items: 1 });
  });

  test('keeps totes where they are, on the line, which stands, and on the floor', async () => {
    robot.beat();
    robot.goal(pick('g-1', 1));
    await nextFact(sim, 'goal.finished', ({ goalId }) => goalId === 'g-1');
    robot.goal(goal('g-2', { verb: 'drop', tote_id: 'T-1', place: 'induct' }));
    await nextFact(sim, 'tote.created');
    const plc = await connectPlc(sim.ports.opcua);
    await plc.write('Line.Run', true);
    await nextFact(sim, 'line.started');
    await plc.close();
    await stop();
    const { totes } = sim.state().line;
    await start();

    expect(sim.state().line).toMatchObject({ totes, started: false, running: false, state: 'no-heartbeat' });
    const again = await connectPlc(sim.ports.opcua);
    expect(await again.read('Line.ToteCount')).toBe(1);
    await again.write('Transport.RequestTote', 'T-1');
    await again.write('Transport.RequestTo', 'packing-1');
    await again.write('Transport.RequestId', 'r-1');
    await again.write('Transport.RequestStrobe', 1);
    await again.write('Line.Run', true);
    await nextFact(sim, 'request.accepted');
    // Each start command gives the line one silence more, and starts it anew where the machine stalled for longer.
    const starting = setInterval(() => again.write('Line.Run', true).catch(() => {}), 100);
    await nextFact(sim, 'request.done', ({ request, status }) => request === 'r-1' && status === 'ok');
    clearInterval(starting);
    await again.close();
  });

  test('stays broken where it was broken by hand', async () => {
    sim.fault('e-stop', true);
    sim.fault('jam', true, 'infeed');
    sim.fault('robot-lost', true, 'amr-2');
    sim.fault('wrong-sku', true, 'amr-1');
    const broken = sim.faults();
    await restart();
    expect(sim.faults()).toEqual(broken);
  });

  test('loses nothing that it told when it is not asked before its end', async () => {
    robot.beat();
    robot.goal(pick('g-1', 1));
    await nextFact(sim, 'goal.finished');
    // What a power cut would have left.
    const kept = readFileSync(file, 'utf8');
    await stop();
    writeFileSync(file, kept);
    await start();
    expect(await statusOf('g-1')).toMatchObject({ status: goalStatusCodes.succeeded });
  });
});

const edited = (change: (head: Record<string, unknown>, body: string) => [object, string]) => {
  const [head = '', body = ''] = readFileSync(file, 'utf8').split('\n');
  const [newHead, newBody] = change(JSON.parse(head) as Record<string, unknown>, body);
  return `${JSON.stringify(newHead)}\n${newBody}\n`;
};

describe('a file that cannot be used', () => {
  test.each([
    ['one that is not ours', () => 'hello', 'something else'],
    ['an empty one', () => '', 'something else'],
    [
      'one with a changed byte',
      () => edited((head, body) => [head, body.replace('"amr', '"bmr')]),
      'damaged',
    ],
    ['one cut short', () => edited((head, body) => [head, body.slice(0, -9)]), 'damaged'],
    ['one of another version', () => edited((head, body) => [{ ...head, version: 0 }, body]), 'version'],
  ])('%s is set aside with a word, and the floor starts afresh', async (_, make, words) => {
    sim.fault('e-stop', true);
    sim.fault('wrong-sku', true, 'amr-1');
    await stop();
    const text = make();
    writeFileSync(file, text);
    await start();
    expect(warnings).toEqual([expect.stringContaining(words)]);
    expect(readFileSync(`${file}.unusable`, 'utf8')).toBe(text);
    expect(sim.faults().some(({ active }) => active)).toBe(false);
  });

  test('so is the one of another floor', async () => {
    await stop();
    await start(1);
    expect(warnings).toEqual([expect.stringContaining('another floor')]);
    expect(sim.state().robots).toHaveLength(1);
  });
});
