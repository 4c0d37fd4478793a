import {
  LIVE_HEARTBEAT_MS,
  type LiveChange,
  type LiveCollection,
  type LiveMessage,
  type LiveState,
  type Robot,
  type SiteSummary,
} from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';

/** A page that listens. `send` must not block; `bufferedBytes` tells how far it is behind. */
export interface LiveClient {
  send(frame: string | Uint8Array): void;
  bufferedBytes(): number;
  /** Asked before each frame: whoever was let in may have been signed out or removed since. */
  mayHear(): boolean;
  close(why: LiveEnd): void;
}

export type LiveEnd = 'come-again' | 'signed-out';

const keyOf: { [K in LiveCollection]: (row: LiveState[K][number]) => string } = {
  orders: (row) => row.orderId,
  tasks: (row) => row.taskId,
  robots: (row) => row.robotId,
  devices: (row) => row.id,
  interlocks: (row) => row.id,
  alarms: (row) => row.alarmId,
  uplinks: (row) => row.id,
  faults: (row) => row.id,
  notices: (row) => row.noticeId,
};
const collections = Object.keys(keyOf) as LiveCollection[];

export const LIVE_INTERVAL_MS = 100;
/** A page that is further behind is cut off; it comes back and starts with a fresh snapshot. */
export const LIVE_BUFFER_BYTES_MAX = 4 * 1024 * 1024;
export const LIVE_CLIENTS_MAX = 100;

export interface LiveHub {
  /** Says that a collection changed; it is read at the next beat. */
  touch(what: keyof LiveState): void;
  /** Returns the function that ends it, or undefined when there are too many pages. */
  join(client: LiveClient): Promise<(() => void) | undefined>;
  clientCount(): number;
  close(): void;
}

/** One reader per collection; only those that were touched are asked. */
export type LiveSources = { readonly [K in keyof LiveState]: () => LiveState[K] | Promise<LiveState[K]> };

const everything: ReadonlySet<keyof LiveState> = new Set(['summary', ...collections]);

async function readState(
  sources: LiveSources,
  wanted: ReadonlySet<keyof LiveState>,
  before: LiveState | undefined,
): Promise<LiveState> {
  const entries = await Promise.all([...wanted].map(async (key) => [key, await sources[key]()] as const));
  return { ...before, ...Object.fromEntries(entries) } as LiveState;
}

/**
 * Feeds the open pages: at most one delta per beat, made by comparing what each collection says now with what
 * it said last. Nothing is read while nobody listens. `sources` is asked at each beat: the hub exists before
 * what it reads from.
 */
export function createLiveHub(sources: () => LiveSources, clock: Clock, log: Log): LiveHub {
  const clients = new Set<LiveClient>();
  const dirty = new Set<keyof LiveState>();
  let sequence = 0;
  let toldAtMs = clock.monotonicMs();
  let last: LiveState | undefined;
  let running: Promise<void> | undefined;
  let joining: Promise<unknown> = Promise.resolve();
  let stopTimer: (() => void) | undefined;
  let closed = false;

  function beatLater(): void {
    if (closed || stopTimer !== undefined || clients.size === 0) return;
    stopTimer = clock.after(LIVE_INTERVAL_MS, () => {
      stopTimer = undefined;
      running = beat()
        .catch((error: unknown) => log.error({ err: error }, 'the live feed could not be read'))
        .finally(() => {
          running = undefined;
          beatLater();
        });
    });
  }

  async function beat(): Promise<void> {
    const before = last;
    if (before === undefined || clients.size === 0) return;
    const touched = new Set(dirty);
    dirty.clear();
    if (touched.size === 0) return tell([]);
    const now = await readState(sources(), touched, before).catch((error: unknown) => {
      // What could not be read is still news at the next beat.
      for (const what of touched) dirty.add(what);
      throw error;
    });
    // Poses go out as bytes at every beat in which robots moved; the rows only when something else changed.
    if (touched.has('robots')) broadcast(encodePoses(now.robots));
    const changes = differences(before, now, touched);
    last = now;
    tell(changes);
  }

  /** Nothing to tell is told too, now and then: a page that hears nothing must know that the feed is dead. */
  function tell(changes: LiveChange[]): void {
    const nowMs = clock.monotonicMs();
    if (changes.length === 0 && nowMs - toldAtMs < LIVE_HEARTBEAT_MS) return;
    toldAtMs = nowMs;
    sequence += 1;
    broadcast(JSON.stringify({ kind: 'delta', sequence, changes } satisfies LiveMessage));
  }

  function broadcast(frame: string | Uint8Array): void {
    for (const client of clients) {
      const end = endOf(client);
      if (end === undefined) client.send(frame);
      else {
        client.close(end);
        leave(client);
      }
    }
  }

  function endOf(client: LiveClient): LiveEnd | undefined {
    if (!client.mayHear()) return 'signed-out';
    return client.bufferedBytes() > LIVE_BUFFER_BYTES_MAX ? 'come-again' : undefined;
  }

  function leave(client: LiveClient): void {
    clients.delete(client);
    if (clients.size === 0) last = undefined;
  }

  /** One page at a time: two that come together must not each read a base of their own. */
  async function admit(client: LiveClient): Promise<(() => void) | undefined> {
    // A running beat would send a delta whose base this page never saw.
    await running;
    if (closed || clients.size >= LIVE_CLIENTS_MAX) return undefined;
    if (clients.size === 0) last = undefined;
    const state = last ?? (await readState(sources(), everything, undefined));
    if (closed) return undefined;
    last = state;
    client.send(JSON.stringify({ kind: 'snapshot', sequence, state } satisfies LiveMessage));
    clients.add(client);
    beatLater();
    return () => leave(client);
  }

  return {
    touch(what) {
      dirty.add(what);
    },
    join(client) {
      const joined = joining.then(() => admit(client));
      joining = joined.catch(() => undefined);
      return joined;
    },
    clientCount: () => clients.size,
    close() {
      closed = true;
      stopTimer?.();
      for (const client of clients) client.close('come-again');
      clients.clear();
    },
  };
}

/** What changed between two states in the collections that were touched. */
export function differences(
  before: LiveState,
  now: LiveState,
  touched: ReadonlySet<keyof LiveState>,
): LiveChange[] {
  const changes: LiveChange[] = [];
  if (touched.has('summary') && !same(before.summary, now.summary)) {
    changes.push({ collection: 'summary', value: now.summary satisfies SiteSummary });
  }
  for (const collection of collections) {
    if (!touched.has(collection)) continue;
    const change = rowDifferences(collection, before, now);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

function rowDifferences<K extends LiveCollection>(
  collection: K,
  before: LiveState,
  now: LiveState,
): LiveChange | undefined {
  const key = keyOf[collection] as (row: unknown) => string;
  const old = new Map(before[collection].map((row) => [key(row), row]));
  const put = now[collection].filter((row) => !sameRow(collection, old.get(key(row)), row));
  const kept = new Set(now[collection].map((row) => key(row)));
  const remove = [...old.keys()].filter((id) => !kept.has(id));
  if (put.length === 0 && remove.length === 0) return undefined;
  return { collection, put, remove } as LiveChange;
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** A robot's pose travels as bytes; it alone is no reason to send the row again. */
function sameRow(collection: LiveCollection, a: unknown, b: unknown): boolean {
  if (collection !== 'robots' || a === undefined) return same(a, b);
  const still = (robot: Robot) => ({
    ...robot,
    x: 0,
    y: 0,
    heading: 0,
    battery: Math.round(robot.battery * 100),
  });
  return same(still(a as Robot), still(b as Robot));
}

const POSE_BYTES = 18;

/** Layout: see `LiveState` in contracts/api.ts. */
export function encodePoses(robots: readonly Robot[]): Uint8Array {
  const shown = robots.slice(0, 255);
  const bytes = new Uint8Array(2 + shown.length * POSE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, shown.length);
  shown.forEach((robot, index) => {
    const at = 2 + index * POSE_BYTES;
    view.setUint8(at, index);
    view.setUint8(at + 1, robot.moving ? 1 : 0);
    view.setFloat32(at + 2, robot.x, true);
    view.setFloat32(at + 6, robot.y, true);
    view.setFloat32(at + 10, robot.heading, true);
    view.setFloat32(at + 14, robot.battery, true);
  });
  return bytes;
}
