import type { Interlock } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Link } from '#contracts/devices.ts';
import { matchesId } from '#contracts/patterns.ts';
import type { InterlockConfig } from '#contracts/site-safety.ts';
import type { TagSample } from '#contracts/tags.ts';
import {
  type Condition,
  type InterlockState,
  isClear,
  isTrip,
  judge,
  nextInterlock,
  type SeenLink,
  type SeenSample,
  TRIPPED_BEFORE,
} from './interlocks.ts';

/**
 * Trips when the main thread falls silent, and is unproven until that thread is first heard: nothing moves for a
 * house that is still being put together. A dot keeps it apart from every id a site file can hold.
 */
export const MAIN_INTERLOCK_ID = 'watchdog.main';

export interface InterlockChange {
  readonly id: string;
  readonly protects: readonly string[];
  /** `latched`: it tripped before the start and nobody has reset it, so what it protects is held from here on. */
  readonly type: 'tripped' | 'cleared' | 'moved' | 'latched';
  readonly reason: string;
  readonly resetBy?: string;
}

/** What an open interlock says to whom it refuses. */
export interface OpenInterlock {
  readonly id: string;
  readonly reason: string;
}

export type ResetResult = { allowed: true } | { allowed: false; reason: string };

interface Entry {
  readonly config: InterlockConfig;
  readonly device: string;
  state: InterlockState;
}

/** All interlocks of a site, with what was last seen of their tags. Each call returns what changed by it. */
export interface InterlockTable {
  samples(samples: readonly TagSample[]): InterlockChange[];
  link(device: string, link: Link): InterlockChange[];
  /** Judges everything again: values grow old without anybody telling. The first one tells what is latched, too. */
  tick(): InterlockChange[];
  main(condition: Condition): InterlockChange[];
  reset(id: string, by: string): ResetResult & { changes: InterlockChange[] };
  /** Interlocks that stand before a target. */
  openFor(target: string): OpenInterlock[];
  list(): Interlock[];
  /** Ids of manual interlocks that a restart must not forget. */
  latched(): string[];
}

export function createInterlockTable(options: {
  readonly interlocks: readonly InterlockConfig[];
  readonly latched: readonly string[];
  readonly clock: Clock;
}): InterlockTable {
  const { clock } = options;
  const startedMs = clock.monotonicMs();
  const entries = options.interlocks.map((config): Entry => {
    // One that the site file has made automatic since then asks for nobody.
    const latched = config.reset === 'manual' && options.latched.includes(config.id);
    const reason = `${config.tag} has not been read yet`;
    return {
      config,
      device: config.tag.slice(0, config.tag.indexOf('/')),
      state: { state: 'unproven', latched, sinceMs: startedMs, reason },
    };
  });
  const mainEntry: Entry = {
    config: mainInterlock,
    device: '',
    state: {
      state: 'unproven',
      latched: options.latched.includes(MAIN_INTERLOCK_ID),
      sinceMs: startedMs,
      reason: 'the main thread is still starting',
    },
  };
  const all = [...entries, mainEntry];
  let untold = all.filter(({ state }) => mustBeRemembered(state));
  const seen = new Map<string, SeenSample>();
  const links = new Map<string, SeenLink>();

  const apply = (entry: Entry, condition: Condition): InterlockChange[] => {
    const event = { type: 'judged', condition, nowMs: clock.monotonicMs() } as const;
    return step(entry, nextInterlock(entry.state, event, entry.config.reset));
  };
  const tellLatched = (): InterlockChange[] => {
    const told = untold.filter(({ state }) => state.state !== 'met');
    untold = [];
    return told.map(({ config: { id, protects } }) => ({
      id,
      protects,
      type: 'latched',
      reason: TRIPPED_BEFORE,
    }));
  };
  const judgeEntry = (entry: Entry): InterlockChange[] => {
    const condition = judge(
      entry.config,
      seen.get(entry.config.tag),
      links.get(entry.device),
      clock.monotonicMs(),
    );
    return apply(entry, condition);
  };

  return {
    samples(samples) {
      const atMs = clock.monotonicMs();
      const changes: InterlockChange[] = [];
      // Each sample is judged by itself: an e-stop that was pressed and let go within one batch still trips.
      for (const { path, value, quality } of samples) {
        const concerned = entries.filter((entry) => entry.config.tag === path);
        if (concerned.length === 0) continue;
        seen.set(path, { value, quality, atMs });
        changes.push(...concerned.flatMap(judgeEntry));
      }
      return changes;
    },
    link(device, link) {
      links.set(device, seenLink(link, links.get(device), clock));
      return entries.filter((entry) => entry.device === device).flatMap(judgeEntry);
    },
    tick: () => [...tellLatched(), ...entries.flatMap(judgeEntry)],
    main: (condition) => apply(mainEntry, condition),
    reset(id, by) {
      const entry = all.find(({ config }) => config.id === id);
      if (entry === undefined) return { allowed: false, reason: `there is no interlock ${id}`, changes: [] };
      // The last judgement may be a tick old; a reset counts only against the present.
      const changes = entry === mainEntry ? [] : judgeEntry(entry);
      if (entry.state.state === 'met') return { allowed: true, changes };
      if (entry.state.state !== 'awaiting-reset') {
        return { allowed: false, reason: entry.state.reason, changes };
      }
      const after = nextInterlock(entry.state, { type: 'reset' }, entry.config.reset);
      return { allowed: true, changes: [...changes, ...step(entry, after, by)] };
    },
    openFor: (target) =>
      all.flatMap(({ config, state }) =>
        state.state !== 'met' && config.protects.some((pattern) => matchesId(pattern, target))
          ? [{ id: config.id, reason: openReason(state) }]
          : [],
      ),
    list: () =>
      all
        .filter((entry) => entry !== mainEntry || entry.state.state !== 'met')
        .map(({ config, state }) => ({
          id: config.id,
          text: config.text,
          met: state.state === 'met',
          needsReset: state.state === 'awaiting-reset',
          reason: state.state === 'met' ? null : openReason(state),
          protects: [...config.protects],
        })),
    latched: () =>
      all
        .filter(({ config, state }) => config.reset === 'manual' && mustBeRemembered(state))
        .map(({ config }) => config.id),
  };
}

const mainInterlock: InterlockConfig = {
  id: MAIN_INTERLOCK_ID,
  text: 'the main thread does not answer',
  tag: 'holdfast/main',
  is: true,
  staleMsMax: 0,
  protects: ['*'],
  reset: 'manual',
};

const mustBeRemembered = (state: InterlockState): boolean =>
  state.state === 'unproven' ? state.latched : state.state !== 'met';

function openReason(state: Exclude<InterlockState, { state: 'met' }>): string {
  if (state.state === 'awaiting-reset') return `waiting for a reset after: ${state.reason}`;
  return state.reason;
}

function step(entry: Entry, after: InterlockState, resetBy?: string): InterlockChange[] {
  const before = entry.state;
  if (after === before) return [];
  entry.state = after;
  const type = isTrip(before, after) ? 'tripped' : isClear(before, after) ? 'cleared' : 'moved';
  const reason = after.state === 'met' ? '' : after.reason;
  const { id, protects } = entry.config;
  return [{ id, protects, type, reason, ...(resetBy === undefined ? {} : { resetBy }) }];
}

/** Rounding between the two clocks; data that is heard further in the future than this was not heard. */
const CLOCK_ROUNDING_MS = 5;

/**
 * A link as the interlocks see it. Drivers tell `heardAtMs` as wall time of the moment they are asked, so its age
 * is right whatever the wall clock did. A time in the future is a wall clock that was set back behind a driver's
 * back: it renews nothing.
 */
function seenLink(link: Link, before: SeenLink | undefined, clock: Clock): SeenLink {
  if (link.state === 'up') {
    const ageMs = clock.nowMs() - link.heardAtMs;
    if (ageMs >= -CLOCK_ROUNDING_MS)
      return { state: 'up', heardAtMs: clock.monotonicMs() - Math.max(0, ageMs) };
    return before?.state === 'up' ? before : { state: 'up', heardAtMs: Number.NEGATIVE_INFINITY };
  }
  const reason =
    link.state === 'down' ? `its device is not connected (${link.reason})` : 'its device is being connected';
  return { state: link.state, reason };
}
