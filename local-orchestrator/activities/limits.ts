import type { Clock } from '#contracts/clock.ts';
import { LIMIT_SHOWN_MAX, type LimitConfig, type LimitQueue, type LimitUse } from '#contracts/limits.ts';
import type { StepLimit } from '#contracts/sagas.ts';

/** A limit of a step with its key computed. */
export type KeyedLimit = Omit<StepLimit, 'key'> & { readonly key: string };

/**
 * Turns at limits. Who asks for a turn at several gets all of them at once or none, so nobody holds one while
 * waiting for another; at each limit who came first is served first.
 *
 * Call order: `queue`, then `granted` comes, then `giveBack`; `occupy` instead of `queue` for what has a turn already,
 * before `begin`. `giveBack` ends a turn or a wait, and does nothing when there is neither.
 */
export interface Limits {
  /** Nothing is granted before: those that had a turn when the process ended take it up first. */
  begin(before?: TurnsBefore): void;
  queue(holder: string, limits: readonly KeyedLimit[]): void;
  occupy(holder: string, limits: readonly KeyedLimit[]): void;
  giveBack(holder: string): void;
  use(): readonly LimitUse[];
  /** The same with who it is, by holder. */
  queues(): readonly LimitQueue[];
  stop(): void;
}

/**
 * Turns that the process before granted in the minute before its end. Nobody knows at which limit: they count at each
 * that is limited by the minute, so that a restart never lets more through. Monotonic time, oldest first.
 */
export interface TurnsBefore {
  readonly begunMs: number[];
  /** Up to here as many as could be. */
  readonly fullMs: number;
}
const NONE_BEFORE: TurnsBefore = { begunMs: [], fullMs: Number.NEGATIVE_INFINITY };

interface Place {
  readonly name: string;
  readonly key: string;
  readonly inside: Set<Turn>;
  /** In order of arrival. */
  readonly waiting: Set<Turn>;
  /** When attempts began in the last minute; only kept where a rate is limited. */
  begunMs: number[];
}
interface Turn {
  readonly holder: string;
  readonly claims: readonly { readonly place: Place; readonly room: Room }[];
}

const MINUTE_MS = 60_000;
/** New keys after which those that nobody uses any more are looked for. */
const SWEEP_COUNT = 1_000;

/** Turns at the limits of a site. `granted` is called at most once for each `queue`, never from within it. */
export function createLimits(parts: {
  clock: Clock;
  site: readonly LimitConfig[];
  granted: (holder: string) => void;
}): Limits {
  const { clock, site, granted } = parts;
  const places = new Map<string, Place>();
  const turns = new Map<string, Turn>();
  let begun = false;
  let before = NONE_BEFORE;
  let made = 0;
  let dueMs = Number.POSITIVE_INFINITY;
  let disarm: () => void = () => {};

  const placeOf = ({ name, key }: KeyedLimit): Place => {
    const id = `${name}\n${key}`;
    let place = places.get(id);
    if (place === undefined) {
      made += 1;
      place = { name, key, inside: new Set(), waiting: new Set(), begunMs: [] };
      places.set(id, place);
    }
    return place;
  };

  /** One place for each key, so that a step that names a limit twice does not wait for itself. */
  const turnOf = (holder: string, limits: readonly KeyedLimit[]): Turn => {
    sweep(); // before any place is looked up: one that was forgotten in between would let others in again
    const claims = new Map<Place, Room>();
    for (const limit of limits) {
      const place = placeOf(limit);
      claims.set(place, narrower(claims.get(place) ?? WIDE, roomOf(limit, site)));
    }
    return { holder, claims: [...claims].map(([place, room]) => ({ place, room })) };
  };

  const settle = (places: Iterable<Place>): void => {
    if (!begun) return;
    const look = [...places];
    // Each round grants somebody or shortens the list, so it ends.
    for (let place = look.pop(); place !== undefined; place = look.pop()) {
      const [first] = place.waiting;
      if (first === undefined || !mayEnter(first)) continue;
      enter(first);
      look.push(...first.claims.map((claim) => claim.place));
      queueMicrotask(() => {
        if (turns.get(first.holder) === first) granted(first.holder);
      });
    }
  };

  const mayEnter = (turn: Turn): boolean => {
    let waitMs = 0;
    for (const { place, room } of turn.claims) {
      const [first] = place.waiting;
      if (first !== turn || place.inside.size >= room.concurrencyMax) return false;
      waitMs = Math.max(waitMs, rateWaitMs(place, room));
    }
    if (waitMs > 0) wakeIn(waitMs);
    return waitMs === 0;
  };

  const rateWaitMs = (place: Place, { perMinuteMax }: Room): number => {
    if (perMinuteMax === Number.POSITIVE_INFINITY) return 0;
    const nowMs = clock.monotonicMs();
    const sinceMs = nowMs - MINUTE_MS;
    place.begunMs = after(place.begunMs, sinceMs);
    before = { ...before, begunMs: after(before.begunMs, sinceMs) };
    // The turn that must be a minute old before there is room for one more.
    const nth = before.begunMs.length + place.begunMs.length - perMinuteMax;
    const begunMs = before.begunMs[nth] ?? place.begunMs[nth - before.begunMs.length] ?? sinceMs;
    return Math.max(0, Math.ceil(Math.max(begunMs, before.fullMs) - sinceMs));
  };

  /** One timer for all limits. */
  const wakeIn = (waitMs: number): void => {
    const atMs = clock.monotonicMs() + waitMs;
    if (atMs >= dueMs) return;
    dueMs = atMs;
    disarm();
    disarm = clock.after(waitMs, () => {
      dueMs = Number.POSITIVE_INFINITY;
      settle(places.values());
    });
  };

  const enter = (turn: Turn): void => {
    for (const { place, room } of turn.claims) {
      place.waiting.delete(turn);
      place.inside.add(turn);
      if (room.perMinuteMax < Number.POSITIVE_INFINITY) place.begunMs.push(clock.monotonicMs());
    }
  };

  const leave = (holder: string): void => {
    const turn = turns.get(holder);
    if (turn === undefined) return;
    turns.delete(holder);
    for (const { place } of turn.claims) {
      place.inside.delete(turn);
      place.waiting.delete(turn);
    }
    settle(turn.claims.map(({ place }) => place));
    for (const { place } of turn.claims) forgetIdle(place);
  };

  const sweep = (): void => {
    if (made < SWEEP_COUNT) return;
    made = 0;
    for (const place of places.values()) forgetIdle(place);
  };

  /** Keys come and go with orders and robots; what nobody uses is not kept. */
  const forgetIdle = (place: Place): void => {
    const sinceMs = clock.monotonicMs() - MINUTE_MS;
    const idle = place.inside.size + place.waiting.size === 0 && (place.begunMs.at(-1) ?? sinceMs) <= sinceMs;
    if (idle) places.delete(`${place.name}\n${place.key}`);
  };

  return {
    begin(turnsBefore = NONE_BEFORE) {
      begun = true;
      before = turnsBefore;
      settle(places.values());
    },
    queue(holder, limits) {
      leave(holder);
      const turn = turnOf(holder, limits);
      turns.set(holder, turn);
      for (const { place } of turn.claims) place.waiting.add(turn);
      settle(turn.claims.map(({ place }) => place));
    },
    occupy(holder, limits) {
      if (turns.has(holder)) return;
      const turn = turnOf(holder, limits);
      turns.set(holder, turn);
      enter(turn);
    },
    giveBack: leave,
    use: () =>
      [...places.values()].map(({ name, key, inside, waiting }) => ({
        name,
        key,
        running: inside.size,
        waiting: waiting.size,
      })),
    queues: () =>
      [...places.values()].map(({ name, key, inside, waiting }) => ({
        name,
        key,
        running: inside.size,
        waiting: waiting.size,
        inside: holdersOf(inside),
        next: holdersOf(waiting),
      })),
    stop() {
      begun = false;
      disarm();
    },
  };
}

/** Those after a moment, of times that come oldest first. */
function after(times: number[], sinceMs: number): number[] {
  const live = times.findIndex((atMs) => atMs > sinceMs);
  return live === -1 ? [] : live === 0 ? times : times.slice(live);
}

const holdersOf = (turns: ReadonlySet<Turn>): string[] =>
  [...turns].slice(0, LIMIT_SHOWN_MAX).map(({ holder }) => holder);

/** How much of a limit a step may use: the narrowest of what the step says and what the site says. */
interface Room {
  readonly concurrencyMax: number;
  readonly perMinuteMax: number;
}
const WIDE: Room = { concurrencyMax: Number.POSITIVE_INFINITY, perMinuteMax: Number.POSITIVE_INFINITY };

const narrower = (room: Room, by: Pick<LimitConfig, 'concurrencyMax' | 'perMinuteMax'>): Room => ({
  concurrencyMax: Math.min(room.concurrencyMax, by.concurrencyMax ?? Number.POSITIVE_INFINITY),
  perMinuteMax: Math.min(room.perMinuteMax, by.perMinuteMax ?? Number.POSITIVE_INFINITY),
});

const roomOf = (limit: KeyedLimit, site: readonly LimitConfig[]): Room =>
  site
    .filter(({ name, key }) => name === limit.name && (key === undefined || key === limit.key))
    .reduce(narrower, narrower(WIDE, limit));
