import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type ExecuteGoal,
  type ExecuteResult,
  goalStatusCodes,
  type RobotStatus,
  type RosbridgeRequest,
  rosNames,
} from '#contracts/ros.ts';

export interface FakeGoal {
  readonly goal: ExecuteGoal;
  status: number;
  result: ExecuteResult;
}

/** A robot behind a rosbridge of its own, whose every answer a test decides. */
export interface RosRobot {
  readonly port: number;
  readonly status: RobotStatus;
  readonly goals: Map<string, FakeGoal>;
  readonly heartbeats: number[];
  readonly requests: RosbridgeRequest[];
  battery: number;
  /** Answers to services; undefined: none comes. */
  service: (name: string, args: unknown) => { values: unknown; result: boolean } | undefined;
  /** Reason to refuse a goal, or undefined to take it. */
  refuse: (goal: ExecuteGoal) => string | undefined;
  end(goalId: string, status: number, result?: Partial<ExecuteResult>, tell?: boolean): void;
  publish(topic: string, msg: unknown): void;
  send(text: string): void;
  close(): Promise<void>;
}

const PUBLISH_EVERY_MS = 50;
const NOTHING: ExecuteResult = { place: '', lines: [], reason: '' };

export async function startRosRobot(namespace = '/amr_1'): Promise<RosRobot> {
  const names = rosNames(namespace);
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const sockets = new Set<WebSocket>();
  const subscribers = new Map<string, Set<WebSocket>>();
  const listeners = new Map<string, WebSocket>();

  const tell = (socket: WebSocket | undefined, message: object) => socket?.send(JSON.stringify(message));
  const robot: RosRobot = {
    port: (server.address() as AddressInfo).port,
    status: {
      activity: 'idle',
      moving: false,
      tote_id: '',
      goal_id: '',
      place: '',
      paused_by: '',
      fault: '',
    },
    goals: new Map(),
    heartbeats: [],
    requests: [],
    battery: 0.9,
    service(name, args) {
      if (name === names.goalStatus) {
        const { goal_id: goalId } = args as { goal_id: string };
        const goal = robot.goals.get(goalId);
        return { values: { status: goal?.status ?? 0, result: goal?.result ?? NOTHING }, result: true };
      }
      return { values: { success: true, message: '' }, result: true };
    },
    refuse: () => undefined,
    end(goalId, status, result = {}, tellIt = true) {
      const goal = robot.goals.get(goalId);
      if (goal === undefined) throw new Error(`no goal ${goalId}`);
      goal.status = status;
      goal.result = { ...NOTHING, ...result };
      robot.status.goal_id = '';
      if (!tellIt) return;
      tell(listeners.get(goalId), {
        op: 'action_result',
        id: goalId,
        action: names.execute,
        values: goal.result,
        status,
        result: status === goalStatusCodes.succeeded,
      });
    },
    publish(topic, msg) {
      for (const socket of subscribers.get(topic) ?? []) tell(socket, { op: 'publish', topic, msg });
    },
    send(text) {
      for (const socket of sockets) socket.send(text);
    },
    async close() {
      clearInterval(timer);
      for (const socket of sockets) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };

  const handle = (socket: WebSocket, request: RosbridgeRequest) => {
    robot.requests.push(request);
    switch (request.op) {
      case 'subscribe': {
        const known = subscribers.get(request.topic) ?? new Set();
        subscribers.set(request.topic, known.add(socket));
        return;
      }
      case 'publish':
        if (request.topic === names.heartbeat) robot.heartbeats.push((request.msg as { data: number }).data);
        return;
      case 'call_service': {
        const answer = robot.service(request.service, request.args);
        if (answer !== undefined) {
          tell(socket, { op: 'service_response', id: request.id, service: request.service, ...answer });
        }
        return;
      }
      case 'send_action_goal': {
        const problem = robot.refuse(request.args);
        if (problem !== undefined) {
          const refusal = { op: 'action_result', id: request.id, action: names.execute, values: problem };
          tell(socket, { ...refusal, status: goalStatusCodes.aborted, result: false });
          return;
        }
        robot.goals.set(request.id, {
          goal: request.args,
          status: goalStatusCodes.executing,
          result: NOTHING,
        });
        listeners.set(request.id, socket);
        robot.status.goal_id = request.id;
        return;
      }
      case 'cancel_action_goal':
        if (robot.goals.has(request.id))
          robot.end(request.id, goalStatusCodes.canceled, { reason: 'cancelled' });
        return;
      default:
    }
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      for (const known of subscribers.values()) known.delete(socket);
    });
    socket.on('message', (data) => handle(socket, JSON.parse(String(data))));
  });

  const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: 'map' };
  const publishAll = () => {
    const position = { x: 1, y: 2, z: 0 };
    const orientation = { x: 0, y: 0, z: Math.SQRT1_2, w: Math.SQRT1_2 };
    robot.publish(names.pose, { header, pose: { pose: { position, orientation } } });
    robot.publish(names.battery, {
      header,
      voltage: 48,
      current: 1,
      percentage: robot.battery,
      power_supply_status: 2,
      present: true,
    });
    robot.publish(names.state, { data: JSON.stringify(robot.status) });
  };
  const timer = setInterval(publishAll, PUBLISH_EVERY_MS);
  return robot;
}
