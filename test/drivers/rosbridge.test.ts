import { expect, onTestFinished, test } from 'vitest';
import { goalStatusCodes } from '#contracts/ros.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import { startRosRobot } from '../support/ros-robot.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { rosbridgeDevice } from './devices.ts';
import { callOf, recordHost } from './recorder.ts';

const places: PlaceConfig[] = [
  { id: 'rack-a', kind: 'rack', x: 3, y: 4 },
  { id: 'induct-1', kind: 'induct', x: 9, y: 1 },
];
const goTo = { capability: 'MobileRobot', action: 'goTo', args: { place: 'rack-a' } } as const;
const pick = {
  capability: 'MobileRobot',
  action: 'pick',
  args: { toteId: 't-1', lines: [{ sku: 'A', quantity: 2, place: 'rack-a' }] },
} as const;
const bare = (action: string, args = {}) => ({ capability: 'MobileRobot', action, args }) as const;

async function robotBehindProxy() {
  const robot = await startRosRobot();
  const proxy = await startTcpProxy({ port: robot.port });
  const capabilities = [{ id: 'amr-1', kind: 'MobileRobot' as const }];
  const recorder = recordHost({
    devices: [rosbridgeDevice({ port: proxy.port, capabilities, silenceMsMax: 3_000 })],
    places,
  });
  onTestFinished(async () => {
    await proxy.close();
    await robot.close();
  });
  await recorder.host.start();
  await recorder.until('the robot is known', () => recorder.robots.length > 0);
  const taken = (id: string) => recorder.until('the goal is there', () => robot.goals.has(id));
  return { robot, proxy, recorder, taken };
}

test('a goal carries id, verb and coordinates, and its result comes back', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', pick);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(robot.goals.get(call.commandId)?.goal).toEqual({
    goal_id: call.commandId,
    verb: 'pick',
    place: '',
    x: 0,
    y: 0,
    tote_id: 't-1',
    lines: [{ sku: 'A', quantity: 2, place: 'rack-a', x: 3, y: 4 }],
  });
  expect(await recorder.host.reconcile(call)).toEqual({ outcome: 'running' });
  robot.end(call.commandId, goalStatusCodes.succeeded, {
    place: 'rack-a',
    lines: [{ sku: 'A', quantity: 2, seen_sku: 'B', place: 'rack-a' }],
  });
  const lines = [{ sku: 'A', quantity: 2, seenSku: 'B', place: 'rack-a' }];
  expect(await running).toEqual({ state: 'verified', data: { lines } });
});

test('the same command id is never sent twice, also when it is asked at the same time', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', goTo);
  const both = [recorder.host.execute(call), recorder.host.execute(call)];
  await taken(call.commandId);
  robot.end(call.commandId, goalStatusCodes.succeeded, { place: 'rack-a' });
  expect(await Promise.all(both)).toEqual([
    { state: 'verified', data: { place: 'rack-a' } },
    { state: 'verified', data: { place: 'rack-a' } },
  ]);
  expect(await recorder.host.execute(call)).toMatchObject({ state: 'verified' });
  expect(robot.requests.filter(({ op }) => op === 'send_action_goal').length).toBe(1);
});

test('one call per target; pause comes in between at once', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', goTo);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(await recorder.host.execute(callOf('amr-1', goTo))).toMatchObject({
    state: 'failed',
    code: 'DRV_BUSY',
  });
  expect(await recorder.host.execute(callOf('amr-1', bare('pause')))).toMatchObject({ state: 'verified' });
  expect(await recorder.host.execute(callOf('amr-1', bare('cancel')))).toMatchObject({ state: 'verified' });
  expect(await running).toMatchObject({ state: 'failed', code: 'DRV_CANCELLED' });
  expect(robot.goals.size).toBe(1);
});

test('a goal that ends while the link is cut is found after the reconnect', async () => {
  const { robot, proxy, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', goTo);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  proxy.cut();
  await recorder.untilLink('down');
  expect(recorder.robots.at(-1)).toMatchObject({ activity: 'lost' });
  robot.end(call.commandId, goalStatusCodes.succeeded, { place: 'rack-a' });
  proxy.resume();
  expect(await running).toEqual({ state: 'verified', data: { place: 'rack-a' } });
  await recorder.until('it is known again', () => recorder.robots.at(-1)?.activity === 'idle');
});

test('a result that got lost on a link that stayed up is found by asking', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', goTo);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  robot.end(call.commandId, goalStatusCodes.succeeded, { place: 'rack-a' }, false);
  expect(await running).toEqual({ state: 'verified', data: { place: 'rack-a' } });
});

test('a goal the robot never got is unknown to the caller, and not done when asked', async () => {
  const { robot, proxy, recorder } = await robotBehindProxy();
  proxy.stall();
  const call = callOf('amr-1', goTo);
  const running = recorder.host.execute(call);
  await recorder.untilLink('down');
  // What the stalled link still held goes with it: this robot never sees the goal.
  proxy.cut();
  proxy.resume();
  expect(await running).toMatchObject({ state: 'unknown' });
  await recorder.untilLink('up');
  expect(robot.goals.size).toBe(0);
  expect(await recorder.host.reconcile(call)).toMatchObject({ outcome: 'not-done' });
});

test('no end in time is unknown; asked later the robot tells', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  const call = callOf('amr-1', goTo, { timeoutMs: 100 });
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(await running).toMatchObject({ state: 'unknown' });
  expect(await recorder.host.reconcile(call)).toEqual({ outcome: 'running' });
  robot.end(call.commandId, goalStatusCodes.aborted, { reason: 'blocked' });
  expect(await recorder.host.reconcile(call)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('blocked'),
  });
});

test('refusals and faults keep their reason', async () => {
  const { robot, recorder, taken } = await robotBehindProxy();
  robot.refuse = () => 'battery is empty';
  expect(await recorder.host.execute(callOf('amr-1', goTo))).toMatchObject({
    state: 'failed',
    code: 'DRV_REFUSED',
    reason: expect.stringContaining('battery is empty'),
  });
  robot.refuse = () => undefined;
  const nowhere = { ...goTo, args: { place: 'nowhere' } };
  expect(await recorder.host.execute(callOf('amr-1', nowhere))).toMatchObject({ code: 'DRV_UNKNOWN_PLACE' });
  const misspelled = { ...goTo, args: { plaec: 'rack-a' } };
  expect(await recorder.host.execute(callOf('amr-1', misspelled))).toMatchObject({ code: 'DRV_BAD_CALL' });
  robot.service = () => ({ values: { success: false, message: 'hand is on the bumper' }, result: true });
  expect(await recorder.host.execute(callOf('amr-1', bare('resume')))).toMatchObject({
    code: 'DRV_REFUSED',
    reason: expect.stringContaining('bumper'),
  });
  const call = callOf('amr-1', goTo);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  robot.end(call.commandId, goalStatusCodes.aborted, { reason: 'path blocked' });
  expect(await running).toMatchObject({
    code: 'DRV_ABORTED',
    reason: expect.stringContaining('path blocked'),
  });
});

test('a pause that is not answered is unknown; one that was never sent is failed', async () => {
  const { robot, proxy, recorder } = await robotBehindProxy();
  robot.service = () => undefined;
  const pause = callOf('amr-1', bare('pause'), { timeoutMs: 100 });
  expect(await recorder.host.execute(pause)).toMatchObject({ state: 'unknown' });
  proxy.cut();
  await recorder.untilLink('down');
  for (const action of ['pause', 'resume', 'cancel']) {
    const lost = await recorder.host.execute(callOf('amr-1', bare(action)));
    expect(lost).toMatchObject({ state: 'failed', code: 'DRV_LINK_DOWN' });
  }
});

test('the heartbeat is published while connected, counting up, and again after a reconnect', async () => {
  const { robot, proxy, recorder } = await robotBehindProxy();
  await recorder.until('some beats', () => robot.heartbeats.length >= 3);
  expect(robot.heartbeats.slice(0, 3)).toEqual([1, 2, 3]);
  proxy.cut();
  await recorder.untilLink('down');
  const before = robot.heartbeats.length;
  proxy.resume();
  await recorder.until('more beats', () => robot.heartbeats.length > before);
});

test('state, pose and who paused it are reported', async () => {
  const { robot, recorder } = await robotBehindProxy();
  Object.assign(robot.status, { activity: 'paused', paused_by: 'heartbeat', tote_id: 't-9', goal_id: 'g-1' });
  await recorder.until('paused', () => recorder.robots.at(-1)?.activity === 'paused');
  expect(recorder.robots.at(-1)).toMatchObject({
    robotId: 'amr-1',
    pose: { x: 1, y: 2, heading: expect.closeTo(Math.PI / 2, 6) },
    battery: 0.9,
    toteId: 't-9',
    commandId: 'g-1',
    place: null,
    pausedBy: 'heartbeat',
  });
});

test('messages that are none are counted and change nothing', async () => {
  const { robot, recorder } = await robotBehindProxy();
  const junk = [
    '{"op":"publish"}',
    'not json',
    '[]',
    JSON.stringify({ op: 'publish', topic: '/amr_1/amcl_pose', msg: { pose: null } }),
    JSON.stringify({ op: 'publish', topic: '/amr_1/state', msg: { data: '{"activity":"dancing"}' } }),
    JSON.stringify({
      op: 'action_result',
      id: 'nobody',
      action: '/other',
      values: {},
      status: 4,
      result: true,
    }),
  ];
  for (const text of junk) robot.send(text);
  await recorder.until(
    'all counted',
    () => (recorder.host.counters().get('unit')?.junkMessages ?? 0) >= junk.length,
  );
  expect(recorder.robots.every(({ pose, activity }) => pose.x === 1 && activity === 'idle')).toBe(true);
  expect(recorder.host.links().get('unit')).toMatchObject({ state: 'up' });
});

test('two robots on one device are none, and the reason is told', async () => {
  const capabilities = ['amr-1', 'amr-2'].map((id) => ({ id, kind: 'MobileRobot' as const }));
  const { host, links } = recordHost({ devices: [rosbridgeDevice({ port: 1, capabilities })] });
  await host.start();
  expect(links).toMatchObject([
    { link: { state: 'down', reason: expect.stringContaining('one device is one robot') } },
  ]);
});
