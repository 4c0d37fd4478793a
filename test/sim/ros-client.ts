import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  type ExecuteGoal,
  type RobotStatus,
  type RosbridgeMessage,
  type RosbridgeRequest,
  rosNames,
  rosTypes,
} from '#contracts/ros.ts';

type Message = RosbridgeMessage & { readonly id?: string };

/** One WebSocket to the robots, as Holdfast would use it: raw messages, nothing hidden. */
export interface RosClient {
  readonly messages: Message[];
  send(message: RosbridgeRequest | object): void;
  sendText(text: string): void;
  goal(goal: ExecuteGoal): void;
  /** First message that fits, come already or still to come. */
  until(fits: (message: Message) => boolean): Promise<Message>;
  untilState(fits: (status: RobotStatus) => boolean): Promise<RobotStatus>;
  call(service: string, args?: object): Promise<Message>;
  /** Publishes heartbeats until the client closes or `stopHeartbeat`. */
  beat(): void;
  stopHeartbeat(): void;
  readonly closed: Promise<void>;
  close(): void;
}

const BEAT_MS = 200;

export async function connectRos(port: number, namespace = '/amr_1'): Promise<RosClient> {
  const names = rosNames(namespace);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const messages: Message[] = [];
  const watchers = new Set<() => void>();
  let beating: NodeJS.Timeout | undefined;
  let calls = 0;
  socket.on('message', (data) => {
    messages.push(JSON.parse(data.toString()) as Message);
    for (const watcher of watchers) watcher();
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      clearInterval(beating);
      resolve();
    });
  });
  await once(socket, 'open');
  // A cut link is part of the tests; `close` follows.
  socket.on('error', () => {});
  const send = (message: object) => socket.send(JSON.stringify(message));
  const until = (fits: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve) => {
      const look = () => {
        const found = messages.find(fits);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  const statusIn = (message: Message): RobotStatus | undefined =>
    message.op === 'publish' && message.topic === names.state
      ? (JSON.parse((message.msg as { data: string }).data) as RobotStatus)
      : undefined;
  return {
    messages,
    send,
    sendText: (text) => socket.send(text),
    goal: (goal) =>
      send({
        op: 'send_action_goal',
        id: goal.goal_id,
        action: names.execute,
        action_type: rosTypes.execute,
        args: goal,
        feedback: true,
      }),
    until,
    async untilState(fits) {
      const found = await until((message) => {
        const status = statusIn(message);
        return status !== undefined && fits(status);
      });
      return statusIn(found) as RobotStatus;
    },
    call(service, args = {}) {
      const id = `call-${++calls}`;
      send({ op: 'call_service', id, service, args });
      return until((message) => message.op === 'service_response' && message.id === id);
    },
    beat() {
      let count = 0;
      const tick = () => send({ op: 'publish', topic: names.heartbeat, msg: { data: ++count } });
      tick();
      beating = setInterval(tick, BEAT_MS);
    },
    stopHeartbeat: () => clearInterval(beating),
    closed,
    close: () => socket.terminate(),
  };
}
