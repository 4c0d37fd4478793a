import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '#contracts/clock.ts';
import type { LedgerEntry } from '../ledger.ts';
import {
  ROS_BUFFER_BYTES_MAX,
  ROS_CLIENTS_MAX,
  ROS_MESSAGE_BYTES_MAX,
  ROS_SUBSCRIPTIONS_MAX,
  ROS_UNREAD_BYTES_MAX,
} from '../limits.ts';
import type { World } from '../world.ts';
import { parseRequest, type RosRequest } from './ros-requests.ts';
import { createRosRobot, type RosRobot } from './ros-robot.ts';
import { type RobotTopic, robotTopics, topicEveryMs, topicList, topicMessage } from './ros-topics.ts';

export interface RosbridgeServer {
  readonly port: number;
  /** Once per cycle: topics that are due or have changed, feedback and results of goals. */
  publish(facts: readonly LedgerEntry[]): void;
  close(): Promise<void>;
}

interface Subscription {
  readonly robot: RosRobot;
  readonly topic: RobotTopic;
  readonly throttleMs: number;
  sentAtMs: number;
  sent: string;
}

interface Client {
  readonly socket: WebSocket;
  /** By topic and id: the same topic may be subscribed twice. */
  readonly subscriptions: Map<string, Subscription>;
  send(message: object): void;
}

const LOOPBACK = '127.0.0.1';

/** rosbridge v2 over WebSocket for all robots of the floor; drivers/rosbridge/README.md tells the conversation. */
export async function startRosbridge(world: World, clock: Clock): Promise<RosbridgeServer> {
  const robots = world.robots.map((body) => createRosRobot(world, body));
  const clients = new Set<Client>();
  const server = new WebSocketServer({ host: LOOPBACK, port: 0, maxPayload: ROS_MESSAGE_BYTES_MAX });
  server.on('connection', (socket) => {
    if (clients.size >= ROS_CLIENTS_MAX) {
      socket.close(1013, 'too many connections');
      return;
    }
    const client: Client = {
      socket,
      subscriptions: new Map(),
      send: (message) => socket.send(JSON.stringify(message)),
    };
    clients.add(client);
    socket.on('message', (data, isBinary) => {
      if (socket.bufferedAmount > ROS_UNREAD_BYTES_MAX) {
        socket.terminate();
        return;
      }
      const parsed = isBinary
        ? ({ ok: false, id: undefined, problem: 'binary messages are not understood' } as const)
        : parseRequest(data.toString());
      if (parsed.ok) handle(robots, client, parsed.request);
      else complain(client, parsed.problem, parsed.id);
    });
    // A broken frame or a reset: `close` follows.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clients.delete(client);
      for (const robot of robots) robot.forget(client);
    });
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    publish(facts) {
      tellGoals(robots, facts);
      const nowMs = clock.nowMs();
      for (const client of clients) publishTo(world, client, nowMs);
    },
    async close() {
      for (const { socket } of clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function complain(client: Client, problem: string, id?: string): void {
  client.send({ op: 'status', level: 'error', msg: problem, ...(id !== undefined && { id }) });
}

function handle(robots: readonly RosRobot[], client: Client, request: RosRequest): void {
  switch (request.op) {
    case 'subscribe':
      subscribe(robots, client, request);
      return;
    case 'unsubscribe':
      for (const key of client.subscriptions.keys()) {
        const mine = request.id === undefined ? key.startsWith(`${request.topic} `) : key === keyOf(request);
        if (mine) client.subscriptions.delete(key);
      }
      return;
    case 'advertise':
    case 'unadvertise':
      return;
    case 'publish': {
      const robot = robots.find(({ names, body }) => names.heartbeat === request.topic && !body.lost);
      robot?.heartbeat(request.msg);
      return;
    }
    case 'call_service':
      callService(robots, client, request);
      return;
    case 'send_action_goal':
    case 'cancel_action_goal':
      handleGoal(robots, client, request);
  }
}

function handleGoal(
  robots: readonly RosRobot[],
  client: Client,
  request: Extract<RosRequest, { op: 'send_action_goal' | 'cancel_action_goal' }>,
): void {
  const robot = robots.find(({ names }) => names.execute === request.action);
  if (robot === undefined) {
    complain(client, `there is no action ${request.action}`, request.id);
  } else if (!robot.body.lost) {
    if (request.op === 'cancel_action_goal') robot.cancelGoal(request.id);
    else robot.sendGoal(request.id, request.args, request.feedback === true, client);
  }
}

const keyOf = ({ topic, id }: { topic: string; id?: string }) => `${topic} ${id ?? ''}`;

function subscribe(
  robots: readonly RosRobot[],
  client: Client,
  request: Extract<RosRequest, { op: 'subscribe' }>,
): void {
  if (client.subscriptions.size >= ROS_SUBSCRIPTIONS_MAX) {
    complain(client, 'too many subscriptions', request.id);
    return;
  }
  for (const robot of robots) {
    const topic = robotTopics.find((candidate) => robot.names[candidate] === request.topic);
    if (topic === undefined) continue;
    client.subscriptions.set(keyOf(request), {
      robot,
      topic,
      throttleMs: request.throttle_rate ?? 0,
      sentAtMs: Number.NEGATIVE_INFINITY,
      sent: '',
    });
  }
  // A topic nobody publishes is silent, as in ROS.
}

function callService(
  robots: readonly RosRobot[],
  client: Client,
  { id, service, args }: Extract<RosRequest, { op: 'call_service' }>,
): void {
  const reply = (values: unknown, result: boolean) =>
    client.send({ op: 'service_response', ...(id !== undefined && { id }), service, values, result });
  const served = ({ names }: RosRobot) => [names.pause, names.resume, names.goalStatus];
  if (service === '/rosapi/topics') {
    const topics = robots.flatMap(({ names }) => topicList(names));
    reply({ topics: topics.map(({ topic }) => topic), types: topics.map(({ type }) => type) }, true);
  } else if (service === '/rosapi/services') {
    reply({ services: robots.flatMap(served) }, true);
  } else {
    const robot = robots.find((candidate) => served(candidate).some((name) => name === service));
    if (robot === undefined) reply(`there is no service ${service}`, false);
    else if (!robot.body.lost) {
      const answer = robot.service(service, args);
      if (answer !== undefined) reply(answer.values, answer.result);
    }
  }
}

function tellGoals(robots: readonly RosRobot[], facts: readonly LedgerEntry[]): void {
  for (const fact of facts) {
    if (fact.kind !== 'goal.finished' && fact.kind !== 'robot.arrived' && fact.kind !== 'line.picked')
      continue;
    const robot = robots.find(({ body }) => body.id === fact.robot);
    if (fact.kind === 'goal.finished') robot?.tellEnd(fact.goalId);
    else robot?.tellFeedback(fact.goalId);
  }
}

function publishTo(world: World, client: Client, nowMs: number): void {
  // Who does not read gets no more telemetry until he does; answers are still sent.
  if (client.socket.bufferedAmount > ROS_BUFFER_BYTES_MAX) return;
  for (const [key, subscription] of client.subscriptions) {
    const { robot, topic, throttleMs } = subscription;
    if (robot.body.lost) continue;
    const sinceMs = nowMs - subscription.sentAtMs;
    if (sinceMs < throttleMs) continue;
    const due = sinceMs >= topicEveryMs[topic];
    // Only the state is also sent the moment it changes; poses change all the time.
    if (!due && topic !== 'state') continue;
    const msg = topicMessage(world, robot.body, topic, nowMs);
    const text = topic === 'state' ? JSON.stringify(msg) : '';
    if (!due && text === subscription.sent) continue;
    subscription.sentAtMs = nowMs;
    subscription.sent = text;
    client.send({ op: 'publish', topic: key.slice(0, key.indexOf(' ')), msg });
  }
}
