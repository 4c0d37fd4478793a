import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { LiveChange, LiveMessage, LiveState, Problem, Session } from '#contracts/api.ts';
import { floor, rounds } from './fake-floor.ts';
import { addRoutes } from './fake-routes.ts';
import { busySite, summarize } from './fake-site.ts';
import { COOKIE, problem } from './fake-words.ts';

/**
 * A stand-in for our own API, for tests of the pages only: contract shapes, a made-up site, and switches for
 * everything that can go wrong between a browser and an appliance.
 */
export interface FakeAppliance {
  readonly url: string;
  /** What the browser asked for, such as "POST /tasks/task-1/decide". */
  readonly asked: { method: string; path: string; body: unknown; key: string | undefined }[];
  readonly state: LiveState;
  session: Session;
  /** Requests whose path starts so are answered with this problem. */
  refuse(method: string, path: string, problem: Problem): void;
  /** Requests whose path starts so wait until the returned function is called. */
  hold(path: string): () => void;
  allow(): void;
  /** Sends the changes as the next delta; `gap` leaves out a number. */
  change(changes: LiveChange[], options?: { gap?: boolean }): void;
  /** Ends the feeds and takes no new ones until `true`. */
  feedsOpen(open: boolean): void;
  /** Sockets stay open and nothing comes: what a tablet out of the Wi-Fi sees. */
  feedsSilent(silent: boolean): void;
  feedCount(): number;
  signEverybodyOut(): void;
  /** Drives the robots on, and tells where they are. */
  drive(seconds: number): void;
  close(): Promise<void>;
}

export interface FakeOptions {
  /** Folder of the built pages. */
  readonly pages: string;
  readonly state?: LiveState;
  readonly session?: Partial<Session>;
  /** Robots drive by themselves and a heartbeat is sent. */
  readonly lively?: boolean;
  readonly port?: number;
}

const POSES_MS = 100;
const HEARTBEAT_MS = 2_000;
const SPEED_MPS = 1.4;

export async function startFakeAppliance(options: FakeOptions): Promise<FakeAppliance> {
  const app: FastifyInstance = Fastify({ logger: false, forceCloseConnections: true });
  const sockets = new Set<WebSocket>();
  const refused: { method: string; path: string; problem: Problem }[] = [];
  const held: { path: string; until: Promise<void> }[] = [];
  let state = options.state ?? busySite();
  let sequence = 1;
  let open = true;
  let silent = false;
  let driven = 0;

  const send = (message: LiveMessage): void => {
    if (silent) return;
    for (const socket of sockets) socket.send(JSON.stringify(message));
  };

  const fake: FakeAppliance = {
    url: '',
    asked: [],
    get state() {
      return state;
    },
    session: {
      user: 'jo',
      role: 'operator',
      site: { id: 'demo', name: 'Northgate warehouse', timeZone: 'Europe/Berlin' },
      version: '0.1.0',
      demo: true,
      mustSetPassword: false,
      ...options.session,
    },
    refuse: (method, path, problem) => void refused.push({ method, path, problem }),
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.push({ path, until: promise });
      return resolve;
    },
    allow() {
      refused.length = 0;
      held.length = 0;
    },
    change(changes, { gap = false } = {}) {
      state = changes.reduce(apply, state);
      const summary = summarize(state);
      state = { ...state, summary };
      sequence += gap ? 2 : 1;
      send({ kind: 'delta', sequence, changes: [...changes, { collection: 'summary', value: summary }] });
    },
    feedsOpen(now) {
      open = now;
      if (!now) for (const socket of sockets) socket.terminate();
    },
    feedsSilent(now) {
      silent = now;
    },
    feedCount: () => sockets.size,
    signEverybodyOut: () => signedIn.clear(),
    drive(seconds) {
      driven += seconds;
      state = { ...state, robots: state.robots.map((robot, index) => moved(robot, index, driven)) };
      if (!silent) for (const socket of sockets) socket.send(poseFrame(state.robots));
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.terminate();
      await app.close();
    },
  };
  const signedIn = new Set<string>();

  await app.register(fastifyCookie);
  await app.register(fastifyWebsocket);
  app.addHook('onSend', async (_, reply) => {
    // The policy of the real appliance: a page that needs more must fail here.
    reply.header('content-security-policy', "default-src 'self'");
  });
  app.addHook('preHandler', async (request, reply) => {
    const path = request.url.replace('/api/v1', '');
    if (!request.url.startsWith('/api/')) return;
    const key = request.headers['idempotency-key'];
    fake.asked.push({ method: request.method, path, body: request.body, key: key?.toString() });
    await held.find((row) => path.startsWith(row.path))?.until;
    const no = refused.find((row) => row.method === request.method && path.startsWith(row.path));
    if (no !== undefined) return reply.code(no.problem.status).send(no.problem);
    if (path.startsWith('/session') || signedIn.has(request.cookies[COOKIE] ?? '')) return;
    return reply
      .code(401)
      .send(problem(401, 'API_UNAUTHENTICATED', 'Sign in first', 'Open the page with the one-time code.'));
  });
  app.get('/api/v1/live', { websocket: true }, (socket) => {
    if (!open) {
      socket.terminate();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (silent) return;
    const snapshot: LiveMessage = { kind: 'snapshot', sequence, state };
    socket.send(JSON.stringify(snapshot));
  });
  addRoutes(app, fake, signedIn, floor);
  await app.register(fastifyStatic, { root: options.pages });
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });

  const timers = [
    setInterval(() => send({ kind: 'delta', sequence: ++sequence, changes: [] }), HEARTBEAT_MS),
    ...(options.lively === true ? [setInterval(() => fake.drive(POSES_MS / 1_000), POSES_MS)] : []),
  ];
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(fake, { url: `http://127.0.0.1:${port}` });
}

function apply(state: LiveState, change: LiveChange): LiveState {
  if (change.collection === 'summary') return { ...state, summary: change.value };
  const idOf = (row: object): unknown => Object.entries(row).find(([name]) => ids.includes(name))?.[1];
  const put = new Map(change.put.map((row) => [idOf(row), row]));
  const rows = state[change.collection]
    .filter((row) => !change.remove.includes(String(idOf(row))))
    .map((row) => put.get(idOf(row)) ?? row);
  const known = new Set(rows.map(idOf));
  return { ...state, [change.collection]: [...rows, ...change.put.filter((row) => !known.has(idOf(row)))] };
}
const ids = ['orderId', 'noticeId', 'taskId', 'robotId', 'alarmId', 'id'];

/** Where the n-th robot is after so many seconds: it follows its round, or stays when it does not move. */
function moved(robot: LiveState['robots'][number], index: number, seconds: number) {
  const round = rounds[index % rounds.length] ?? [];
  if (!robot.moving || round.length < 2) return robot;
  const legs = round.map((from, leg) => {
    const to = round[(leg + 1) % round.length] ?? from;
    return { from, to, length: Math.hypot(to[0] - from[0], to[1] - from[1]) };
  });
  const total = legs.reduce((sum, leg) => sum + leg.length, 0);
  let way = (seconds * SPEED_MPS + (total * (index + 0.35)) / 5) % total;
  for (const { from, to, length } of legs) {
    if (way <= length) {
      const part = length === 0 ? 0 : way / length;
      const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
      return { ...robot, x: from[0] + dx * part, y: from[1] + dy * part, heading: Math.atan2(dy, dx) };
    }
    way -= length;
  }
  return robot;
}

function poseFrame(robots: LiveState['robots']): Buffer {
  const frame = Buffer.alloc(2 + robots.length * 18);
  frame.writeUInt8(1, 0);
  frame.writeUInt8(robots.length, 1);
  robots.forEach((robot, index) => {
    const at = 2 + index * 18;
    frame.writeUInt8(index, at);
    frame.writeUInt8(robot.moving ? 1 : 0, at + 1);
    frame.writeFloatLE(robot.x, at + 2);
    frame.writeFloatLE(robot.y, at + 6);
    frame.writeFloatLE(robot.heading, at + 10);
    frame.writeFloatLE(robot.battery, at + 14);
  });
  return frame;
}
