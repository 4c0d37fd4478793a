import type { DriverContext } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { type ExecuteGoal, type RosbridgeMessage, type RosNames, rosTypes } from '#contracts/ros.ts';
import type { RosbridgeDevice } from '#contracts/site-devices.ts';
import type { SessionHooks } from '../common/supervisor.ts';
import type { Reading } from '../common/tag-table.ts';
import type { TagSession } from '../common/write-tag.ts';
import { type RosAddress, readField } from './fields.ts';
import type { GoalEnd } from './goal.ts';
import { createServices, type Services } from './services.ts';
import { openRosSocket } from './socket.ts';
import { subscribeRequest, subscriptionsOf } from './subscriptions.ts';

export interface RosSession extends TagSession {
  /** False: the connection is gone and the goal was not sent. */
  sendGoal(goal: ExecuteGoal): boolean;
  cancelGoal(goalId: string): boolean;
  call(service: string, args: unknown, timeoutMs: number): Promise<unknown>;
}

export interface RosSessionOptions {
  readonly context: DriverContext;
  readonly device: RosbridgeDevice;
  readonly names: RosNames;
  readonly addresses: ReadonlyMap<string, RosAddress>;
  readonly hooks: SessionHooks & { take(readings: readonly Reading[]): void };
  readonly signal: AbortSignal;
  readonly counters: { junkMessages: number };
  /** A message of one of the robot's topics; false when it is not what the topic carries. */
  onTopic(topic: string, message: unknown): boolean;
  onGoalEnd(goalId: string, end: GoalEnd): void;
  /** The session is the present one: goals that were sent before can be asked about. */
  onBegin(): void;
}

const HEARTBEAT_WRAP = 2 ** 32;

/** One connection to one robot. */
export async function openRosSession(options: RosSessionOptions): Promise<RosSession> {
  const { context, device, names, hooks, counters } = options;
  const { clock } = context;
  const latest = new Map<string, Reading>();
  let begun = false;
  let cancelHeartbeat = () => {};
  let beats = 0;

  const socket = await openRosSocket({
    url: device.connection.url,
    signal: options.signal,
    onMessage: (message) => {
      if (begun && !handle(message)) counters.junkMessages += 1;
    },
    onJunk: () => {
      counters.junkMessages += 1;
    },
    onEnd: hooks.ended,
  });
  const services = createServices(device.id, clock, socket.send);
  const handle = createInbox(options, services, latest);

  const beat = () => {
    beats = (beats + 1) % HEARTBEAT_WRAP;
    socket.send({ op: 'publish', topic: names.heartbeat, msg: { data: beats } });
    cancelHeartbeat = clock.after(device.connection.heartbeatMs, beat);
  };

  return {
    begin() {
      begun = true;
      for (const each of subscriptionsOf(device, names, options.addresses))
        socket.send(subscribeRequest(each));
      socket.send({ op: 'advertise', id: 'heartbeat', topic: names.heartbeat, type: rosTypes.heartbeat });
      beat();
      options.onBegin();
    },
    sendGoal: (goal) =>
      socket.send({
        op: 'send_action_goal',
        id: goal.goal_id,
        action: names.execute,
        action_type: rosTypes.execute,
        args: goal,
        feedback: true,
      }),
    cancelGoal: (id) => socket.send({ op: 'cancel_action_goal', id, action: names.execute }),
    call: services.call,
    // Topics cannot be asked; what they said last on this connection is the present.
    read: async (tags) =>
      tags.map(
        ({ name }) =>
          latest.get(name) ?? { tag: name, raw: null, quality: { level: 'bad', reason: 'never read' } },
      ),
    write: async ({ name }) => ({
      state: 'unsent',
      error: new ApplianceError('DRV_READ_ONLY', { tag: name }),
    }),
    async close() {
      begun = false;
      cancelHeartbeat();
      services.close();
      await socket.close();
    },
  };
}

/**
 * Takes messages in; false says that a message was none of ours. The link is judged by what the robot itself says,
 * not by what the bridge says.
 */
function createInbox(
  options: RosSessionOptions,
  services: Services,
  latest: Map<string, Reading>,
): (message: RosbridgeMessage) => boolean {
  const { context, hooks, names } = options;
  const byTopic = Map.groupBy(options.addresses, ([, { topic }]) => topic);
  return (message) => {
    switch (message.op) {
      case 'publish': {
        if (!options.onTopic(message.topic, message.msg)) return false;
        const readings = (byTopic.get(message.topic) ?? []).map(([tag, { path }]) =>
          readField(tag, path, message.msg),
        );
        for (const reading of readings) latest.set(reading.tag, reading);
        hooks.heard();
        if (readings.length > 0) hooks.take(readings);
        return true;
      }
      case 'service_response':
        if (!services.take(message)) return false;
        if (message.result) hooks.heard();
        return true;
      case 'action_result':
        if (message.action !== names.execute) return false;
        hooks.heard();
        options.onGoalEnd(message.id, { status: message.status, values: message.values });
        return true;
      case 'action_feedback':
        hooks.heard();
        return true;
      case 'status':
        context.log.warn({ level: message.level, text: message.msg }, 'the ROS bridge complains');
        return true;
    }
  };
}
