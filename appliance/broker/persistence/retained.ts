import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlRow, StoreOp } from '#contracts/store.ts';
import type { Qos } from '../wire/packets.ts';
import type { Committer } from './committer.ts';

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
}
export interface RetainedLimits {
  readonly retainedCountMax: number;
  readonly retainedBytesMax: number;
  readonly retainedFlushMs: number;
}

/** What is under way for one topic, by the numbers of arrival. */
interface Arrivals {
  /** Messages that arrived and have not come to their end. */
  open: number;
  /** The newest that has its place on the disk, or needs none. */
  planned: number;
  /** The newest that has taken effect. */
  effective: number;
}

interface Level {
  readonly children: Map<string, Level>;
  message: RetainedMessage | undefined;
}

/**
 * The last retained message of each topic, all in memory. QoS 1 and 2 reach the disk before they are
 * acknowledged; QoS 0 follows at an interval, last value only: [MQTT-3.3.1-7] lets a server give up even all of
 * it, and ten thousand tags a second must not become ten thousand rows a second. A kill loses the last interval.
 */
export class Retained {
  readonly #root: Level = { children: new Map(), message: undefined };
  readonly #dirty = new Set<string>();
  /** Topics with messages under way; QoS 0 takes effect at once, and can overtake them. */
  readonly #arrivals = new Map<string, Arrivals>();
  #lastArrival = 0;
  readonly #committer: Committer;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: RetainedLimits;
  #cancelFlush: (() => void) | null = null;
  #count = 0;
  #bytes = 0;
  #refused = 0;

  constructor(committer: Committer, clock: Clock, log: Log, limits: RetainedLimits) {
    this.#committer = committer;
    this.#clock = clock;
    this.#log = log;
    this.#limits = limits;
  }

  get counts(): { count: number; bytes: number; refused: number } {
    return { count: this.#count, bytes: this.#bytes, refused: this.#refused };
  }

  load(rows: readonly SqlRow[]): void {
    for (const row of rows) {
      const payload = row.payload;
      this.#put({
        topic: String(row.topic),
        payload: payload instanceof Uint8Array ? payload : Buffer.from(String(payload)),
        qos: Number(row.qos) as Qos,
      });
    }
  }

  /** Whether there is room for it. A message for a topic that has one already always fits by count. */
  fits(message: RetainedMessage): boolean {
    const old = this.get(message.topic);
    const fits =
      (old !== undefined || this.#count < this.#limits.retainedCountMax) &&
      this.#bytes + message.payload.length - (old?.payload.length ?? 0) <= this.#limits.retainedBytesMax;
    if (!fits) this.#refused += 1;
    return fits;
  }

  /**
   * A QoS 1 or 2 message has arrived that takes effect later. Its number orders it among all of its topic, since the
   * last that arrives is the one to be kept [MQTT-3.3.1-7]. Call order: `arrived`, `plan`, `set`, and `left` however
   * it ends.
   */
  arrived(topic: string): number {
    const arrivals = this.#arrivals.get(topic) ?? { open: 0, planned: 0, effective: 0 };
    arrivals.open += 1;
    this.#arrivals.set(topic, arrivals);
    this.#lastArrival += 1;
    return this.#lastArrival;
  }

  left(topic: string): void {
    const arrivals = this.#arrivals.get(topic);
    if (arrivals === undefined) return;
    arrivals.open -= 1;
    if (arrivals.open === 0) this.#arrivals.delete(topic);
  }

  /** Whether it is to be kept: there is room, and none that arrived after it is ahead of it. */
  plan(message: RetainedMessage, arrival: number): boolean {
    const arrivals = this.#arrivals.get(message.topic);
    if (arrivals !== undefined && arrivals.planned > arrival) return false;
    if (!this.fits(message)) return false;
    if (arrivals !== undefined) arrivals.planned = arrival;
    return true;
  }

  /** What is on the disk takes effect, unless a newer one has. [MQTT-3.3.1-10], [MQTT-3.3.1-11] Empty deletes. */
  set(message: RetainedMessage, arrival: number): void {
    const arrivals = this.#arrivals.get(message.topic);
    if (arrivals !== undefined && arrivals.effective > arrival) return;
    if (arrivals !== undefined) arrivals.effective = arrival;
    this.#apply(message);
    this.#dirty.delete(message.topic);
  }

  /** Takes effect at once, and reaches the disk later. */
  setLater(message: RetainedMessage): void {
    const arrivals = this.#arrivals.get(message.topic);
    this.#lastArrival += 1;
    if (arrivals !== undefined) {
      arrivals.planned = this.#lastArrival;
      arrivals.effective = this.#lastArrival;
    }
    this.#apply(message);
    this.#dirty.add(message.topic);
    this.#flushLater();
  }

  #apply(message: RetainedMessage): void {
    if (message.payload.length === 0) this.#remove(message.topic);
    else this.#put(message);
  }

  op(message: RetainedMessage): StoreOp {
    const { topic, payload, qos } = message;
    return payload.length === 0
      ? { op: 'run', statement: 'broker.retained-delete', params: { topic } }
      : { op: 'run', statement: 'broker.retained-put', params: { topic, payload, qos } };
  }

  async flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const topics = [...this.#dirty];
    this.#dirty.clear();
    const empty = new Uint8Array(0);
    const ops = topics.map((topic) => this.op(this.get(topic) ?? { topic, payload: empty, qos: 0 }));
    if (ops.length === 0) return;
    try {
      await this.#committer.write(ops);
    } catch (error) {
      for (const topic of topics) this.#dirty.add(topic);
      throw error;
    }
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#clock.after(this.#limits.retainedFlushMs, () => {
      this.#cancelFlush = null;
      this.flush().catch((error: unknown) => {
        this.#log.warn({ err: error }, 'retained messages were not written; trying again');
        this.#flushLater();
      });
    });
  }

  get(topic: string): RetainedMessage | undefined {
    let level: Level | undefined = this.#root;
    for (const name of topic.split('/')) level = level?.children.get(name);
    return level?.message;
  }

  /** Reads as it is asked: what changes meanwhile is found as it is then. */
  match(filter: string): IterableIterator<RetainedMessage> {
    return find(this.#root, filter.split('/'), 0);
  }

  #put(message: RetainedMessage): void {
    let level = this.#root;
    for (const name of message.topic.split('/')) {
      let child = level.children.get(name);
      if (child === undefined) {
        child = { children: new Map(), message: undefined };
        level.children.set(name, child);
      }
      level = child;
    }
    if (level.message === undefined) this.#count += 1;
    this.#bytes += message.payload.length - (level.message?.payload.length ?? 0);
    level.message = message;
  }

  #remove(topic: string): void {
    const names = topic.split('/');
    const path: Level[] = [this.#root];
    for (const name of names) {
      const child = path.at(-1)?.children.get(name);
      if (child === undefined) return;
      path.push(child);
    }
    const last = path.at(-1);
    if (last?.message === undefined) return;
    this.#count -= 1;
    this.#bytes -= last.message.payload.length;
    last.message = undefined;
    for (let i = path.length - 1; i > 0; i--) {
      const level = path[i];
      if (level === undefined || level.message !== undefined || level.children.size > 0) return;
      path[i - 1]?.children.delete(names[i - 1] ?? '');
    }
  }
}

function* find(level: Level, filter: readonly string[], depth: number): Generator<RetainedMessage> {
  const wanted = filter[depth];
  if (wanted === undefined) {
    if (level.message !== undefined) yield level.message;
    return;
  }
  // [MQTT-4.7.1-2] sport/# matches sport as well.
  if (wanted === '#' && level.message !== undefined) yield level.message;
  if (wanted !== '#' && wanted !== '+') {
    const child = level.children.get(wanted);
    if (child !== undefined) yield* find(child, filter, depth + 1);
    return;
  }
  for (const [name, child] of level.children) {
    // [MQTT-4.7.2-1] A leading wildcard must not match $-topics.
    if (depth === 0 && name.startsWith('$')) continue;
    yield* find(child, filter, wanted === '#' ? depth : depth + 1);
  }
}
