import type { InterlockConfig } from '#contracts/site-safety.ts';
import type { Quality, TagValue } from '#contracts/tags.ts';

/**
 * One interlock. Motion needs `met`; everything else refuses it.
 *
 * - `unproven`: since the start nothing good has been seen. `latched` remembers a trip from before the start.
 * - `tripped`: the condition does not hold, for `reason`.
 * - `clearing`: it holds again, but not yet for long enough to believe a chattering contact.
 * - `awaiting-reset`: it holds again; a person has to say so.
 */
export type InterlockState =
  | {
      readonly state: 'unproven';
      readonly latched: boolean;
      readonly sinceMs: number;
      readonly reason: string;
    }
  | { readonly state: 'met' }
  | { readonly state: 'tripped'; readonly reason: string }
  | { readonly state: 'clearing'; readonly sinceMs: number; readonly reason: string }
  | { readonly state: 'awaiting-reset'; readonly reason: string };

/** What can be said of the tag right now. `seen` is false while no value of it ever came. */
export type Condition =
  | { readonly met: true }
  | { readonly met: false; readonly seen: boolean; readonly reason: string };

export type InterlockEvent =
  | { readonly type: 'judged'; readonly condition: Condition; readonly nowMs: number }
  | { readonly type: 'reset' };

/** Last known sample of an interlock's tag, with the monotonic time at which it came. */
export interface SeenSample {
  readonly value: TagValue | null;
  readonly quality: Quality;
  readonly atMs: number;
}

/** Link of the device behind the tag. `heardAtMs`: monotonic time of its last acknowledged data. */
export type SeenLink =
  | { readonly state: 'up'; readonly heardAtMs: number }
  | { readonly state: 'down' | 'connecting'; readonly reason: string };

/** How long an automatic interlock has to hold before it counts: longer than a relay or door switch bounces. */
export const CLEAR_HOLD_MS = 250;
/**
 * Time after the start within which a good sample has to come; then what is protected is put into its safe
 * state. A PLC that boots together with the box after a power cut is given the time to answer.
 */
export const PROOF_MS_MAX = 10_000;

/** What a latch of before the start says. */
export const TRIPPED_BEFORE = 'it tripped before the appliance was restarted';

export type JudgedBy = Pick<InterlockConfig, 'tag' | 'is' | 'text' | 'staleMsMax'>;

/**
 * Judges a condition. Only a good, fresh value over a link that is up counts as met; doubt never does.
 *
 * A subscription reports changes only, so the age of a value is the age of the link it came over.
 */
export function judge(
  config: JudgedBy,
  sample: SeenSample | undefined,
  link: SeenLink | undefined,
  nowMs: number,
): Condition {
  const blind = (why: string): Condition => ({
    met: false,
    // Drivers report "bad, no value yet" while they connect; that is not a sighting.
    seen: sample !== undefined && sample.value !== null,
    reason: `${config.tag} cannot be trusted: ${why}`,
  });
  if (link === undefined) return blind('its device has not been reached yet');
  if (link.state !== 'up') return blind(link.reason);
  if (sample === undefined) return blind('it has not been read yet');
  if (sample.quality.level !== 'good') {
    return blind(`its quality is ${sample.quality.level} (${sample.quality.reason})`);
  }
  const silentMs = nowMs - Math.max(sample.atMs, link.heardAtMs);
  if (silentMs > config.staleMsMax) {
    return blind(`nothing heard for more than ${config.staleMsMax} ms`);
  }
  if (sample.value === config.is) return { met: true };
  if (typeof sample.value !== typeof config.is) {
    return blind(`its value is a ${typeof sample.value}, the interlock compares a ${typeof config.is}`);
  }
  return { met: false, seen: true, reason: config.text };
}

/** The interlock after an event. Returns the same object when nothing changed. */
export function nextInterlock(
  state: InterlockState,
  event: InterlockEvent,
  reset: InterlockConfig['reset'],
): InterlockState {
  if (event.type === 'reset') return state.state === 'awaiting-reset' ? { state: 'met' } : state;
  const { condition, nowMs } = event;
  return condition.met ? held(state, reset, nowMs) : lost(state, condition, nowMs);
}

function held(state: InterlockState, reset: InterlockConfig['reset'], nowMs: number): InterlockState {
  switch (state.state) {
    case 'met':
    case 'awaiting-reset':
      return state;
    case 'unproven':
      // Nothing runs after a start, so nothing has to be restarted: only a trip from before needs a person.
      return state.latched && reset === 'manual'
        ? { state: 'awaiting-reset', reason: TRIPPED_BEFORE }
        : { state: 'met' };
    case 'tripped':
      return reset === 'manual'
        ? { state: 'awaiting-reset', reason: state.reason }
        : { state: 'clearing', sinceMs: nowMs, reason: state.reason };
    case 'clearing':
      return nowMs - state.sinceMs >= CLEAR_HOLD_MS ? { state: 'met' } : state;
  }
}

function lost(
  state: InterlockState,
  condition: Extract<Condition, { met: false }>,
  nowMs: number,
): InterlockState {
  const { reason } = condition;
  if (state.state === 'unproven' && !condition.seen && nowMs - state.sinceMs <= PROOF_MS_MAX) {
    return state.reason === reason ? state : { ...state, reason };
  }
  if (state.state === 'tripped' && state.reason === reason) return state;
  return { state: 'tripped', reason };
}

/**
 * Whether going from one state to the other is a new loss, which has to be acted upon. One that comes back before
 * anybody let go is not: everything is still held, over a restart too, and a chattering contact would fill the log.
 */
export const isTrip = (before: InterlockState, after: InterlockState): boolean =>
  after.state === 'tripped' && (before.state === 'met' || before.state === 'unproven');

/** Whether a loss is over. The first proof after a start ends none. */
export const isClear = (before: InterlockState, after: InterlockState): boolean =>
  after.state === 'met' && before.state !== 'met' && before.state !== 'unproven';
