import Value from 'typebox/value';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BatteryMessage,
  type ExecuteGoal,
  GoalStatusResponse,
  OdometryMessage,
  PoseMessage,
  RobotStatus,
  rosNames,
  rosTypes,
  StringMessage,
} from '#contracts/ros.ts';
import type { Sim } from '../../drivers/sim/index.ts';
import { demoFloor, readFloor } from './bench-world.ts';
import { connectRos, type RosClient } from './ros-client.ts';
import { nextFact, startTestSim } from './test-sim.ts';

const ROBOTS = 24;

let sim: Sim;
let client: RosClient;
// Each test has a robot and a rack of its own; what it leaves behind stands still.
let robot = 0;
let names = rosNames('');
let rack = '';

beforeAll(async () => {
  sim = await startTestSim({ map: readFloor(demoFloor), robots: ROBOTS });
});
afterAll(() => sim.close());
beforeEach(async () => {
  robot += 1;
  names = rosNames(`/amr_${robot}`);
  rack = sim.places.filter(({ kind }) => kind === 'rack')[robot * 9]?.id ?? '';
  client = await connectRos(sim.ports.ros, `/amr_${robot}`);
});
afterEach(() => client.close());

const id = () => `amr-${robot}`;
const mine = (kind: string) =>
  sim.ledger().filter((fact) => fact.kind === kind && 'robot' in fact && fact.robot === id());

const goTo = (goalId: string, placeId = rack): ExecuteGoal => {
  const place = sim.places.find(({ id }) => id === placeId);
  return {
    goal_id: goalId,
    verb: 'go_to',
    place: placeId,
    x: place?.x ?? 0,
    y: place?.y ?? 0,
    tote_id: '',
    lines: [],
  };
};
const resultOf = (goalId: string) => (message: { op: string; id?: string }) =>
  message.op === 'action_result' && message.id === goalId;
const subscribe = (topic: 'pose' | 'odometry' | 'battery' | 'state') =>
  client.send({ op: 'subscribe', id: `sub-${topic}`, topic: names[topic], type: rosTypes[topic] });

describe('topics', () => {
  test.each([
    ['pose', PoseMessage],
    ['odometry', OdometryMessage],
    ['battery', BatteryMessage],
    ['state', StringMessage],
  ] as const)('%s has the shape of the contract and keeps coming', async (topic, schema) => {
    subscribe(topic);
    let seen = 0;
    await client.until((message) => {
      if (message.op !== 'publish' || message.topic !== names[topic]) return false;
      expect([...Value.Errors(schema, message.msg)]).toEqual([]);
      seen += 1;
      return seen >= 3;
    });
  });

  test('the state is the JSON that the contract tells, and unsubscribing ends it', async () => {
    subscribe('state');
    const status = await client.untilState(() => true);
    expect([...Value.Errors(RobotStatus, status)]).toEqual([]);
    expect(status).toMatchObject({ moving: false, goal_id: '', place: `charge-${robot}` });
    client.send({ op: 'unsubscribe', id: 'sub-state', topic: names.state });
    await client.call(names.goalStatus, { goal_id: 'x' });
    const count = client.messages.length;
    subscribe('battery');
    await client.until((message) => message.op === 'publish' && message.topic === names.battery);
    const later = client.messages.slice(count).filter((message) => 'topic' in message);
    expect(later.every((message) => 'topic' in message && message.topic === names.battery)).toBe(true);
  });
});

describe('goals', () => {
  test('one runs to its end with feedback and a result', async () => {
    client.beat();
    client.goal(goTo('g1'));
    const result = await client.until(resultOf('g1'));
    expect(result).toMatchObject({
      action: names.execute,
      status: 4,
      result: true,
      values: { place: rack, lines: [], reason: '' },
    });
    expect(client.messages.some((message) => message.op === 'action_feedback' && message.id === 'g1')).toBe(
      true,
    );
    expect(mine('goal.accepted')).toHaveLength(1);
  });

  test('one sent again over a new connection is answered there, and carried out once', async () => {
    client.beat();
    client.goal(goTo('g1'));
    await nextFact(sim, 'robot.moving', (fact) => fact.robot === id());
    client.close();
    await client.closed;
    client = await connectRos(sim.ports.ros, `/amr_${robot}`);
    client.beat();
    const asked = await client.call(names.goalStatus, { goal_id: 'g1' });
    expect(asked.op === 'service_response' && asked.values).toMatchObject({ status: 2 });
    client.goal(goTo('g1'));
    expect(await client.until(resultOf('g1'))).toMatchObject({ status: 4, result: true });
    client.goal(goTo('g1'));
    await nextFact(sim, 'goal.repeated', (fact) => fact.status === 4 && fact.robot === id());
    expect(mine('goal.accepted')).toHaveLength(1);
    expect(mine('goal.finished')).toHaveLength(1);
  });

  test('goal_status says "none" of a goal that never came, in the shape of the contract', async () => {
    const answer = await client.call(names.goalStatus, { goal_id: 'never' });
    expect(answer).toMatchObject({ result: true, values: { status: 0 } });
    if (answer.op === 'service_response') expect(Value.Check(GoalStatusResponse, answer.values)).toBe(true);
  });

  test('a second one is refused with the reason', async () => {
    client.beat();
    client.goal(goTo('g1'));
    client.goal(goTo('g2'));
    expect(await client.until(resultOf('g2'))).toMatchObject({
      status: 6,
      result: false,
      values: 'busy with goal g1',
    });
  });

  test('cancel ends it as cancelled', async () => {
    client.beat();
    client.goal(goTo('g1'));
    await nextFact(sim, 'robot.moving', (fact) => fact.robot === id());
    client.send({ op: 'cancel_action_goal', id: 'g1', action: names.execute });
    expect(await client.until(resultOf('g1'))).toMatchObject({ status: 5, result: false });
  });

  test('one that does not fit its type is refused and told what is wrong', async () => {
    client.send({
      op: 'send_action_goal',
      id: 'g1',
      action: names.execute,
      args: { goal_id: 'g1', verb: 'fly' },
    });
    const refusal = await client.until(resultOf('g1'));
    expect(refusal).toMatchObject({ result: false, status: 6 });
    expect(refusal.op === 'action_result' && String(refusal.values)).toMatch(/verb|required/);
  });
});

describe('pausing', () => {
  test('pause stops it, resume goes on', async () => {
    client.beat();
    subscribe('state');
    client.goal(goTo('g1'));
    await nextFact(sim, 'robot.moving', (fact) => fact.robot === id());
    expect(await client.call(names.pause)).toMatchObject({ result: true, values: { success: true } });
    await client.untilState((status) => status.paused_by === 'service' && !status.moving);
    expect(await client.call(names.resume)).toMatchObject({ values: { success: true } });
    expect(await client.until(resultOf('g1'))).toMatchObject({ status: 4 });
  });

  test('when the heartbeat stops the robot does, and nothing but resume starts it again', async () => {
    client.beat();
    await client.call(names.goalStatus, { goal_id: 'x' });
    client.stopHeartbeat();
    await nextFact(sim, 'robot.paused', (fact) => fact.by === 'heartbeat' && fact.robot === id());
    client.goal(goTo('g1'));
    expect(await client.call(names.resume)).toMatchObject({
      values: { success: false, message: 'no heartbeat is heard' },
    });
    client.beat();
    await client.call(names.goalStatus, { goal_id: 'g1' });
    expect(mine('robot.moving')).toEqual([]);
    expect(await client.call(names.resume)).toMatchObject({ values: { success: true } });
    expect(await client.until(resultOf('g1'))).toMatchObject({ status: 4 });
  });
});

describe('what is not understood', () => {
  test.each([
    ['no JSON', '{"op":', 'not JSON'],
    ['an unknown operation', '{"op":"fragment","id":"f"}', 'unknown operation'],
    ['no object', '42', 'unknown operation'],
    ['a missing field', '{"op":"subscribe"}', 'topic'],
  ])('%s is answered with a status', async (_, text, words) => {
    client.sendText(text);
    const answer = await client.until(({ op }) => op === 'status');
    expect(answer.op === 'status' && answer.msg).toContain(words);
  });

  test('an unknown service and an unknown action say so', async () => {
    expect(await client.call('/amr_1/dance')).toMatchObject({ result: false });
    client.send({ op: 'send_action_goal', id: 'a', action: '/amr_99/execute', args: {} });
    const answer = await client.until(({ op }) => op === 'status');
    expect(answer.op === 'status' && answer.msg).toContain('/amr_99/execute');
  });
});

test('a lost robot says nothing and hears nothing, and comes back', async () => {
  client.beat();
  subscribe('pose');
  await client.until(({ op }) => op === 'publish');
  sim.fault('robot-lost', true, id());
  const count = client.messages.length;
  client.send({ op: 'call_service', id: 'lost', service: names.pause, args: {} });
  // The other robot answers meanwhile: the link is whole.
  await client.call('/amr_24/goal_status', { goal_id: 'x' });
  expect(client.messages.slice(count).map(({ op }) => op)).toEqual(['service_response']);
  sim.fault('robot-lost', false, id());
  await client.until((message) => message.op === 'publish' && client.messages.indexOf(message) > count);
  expect(client.messages.some(({ id }) => id === 'lost')).toBe(false);
});
