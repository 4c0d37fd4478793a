import type { Breaker, BreakerKind, BreakerPolicy } from '#contracts/breakers.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { breakerChanged } from '#contracts/events/breaker.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { WorkResult } from '../decide/events.ts';
import type { SteadyClock } from '../engine/steady-clock.ts';
import { admits, type BreakerEvent, type BreakerState, closedBreaker, nextBreaker } from './breaker.ts';

/** What an attempt reaches out to. */
export interface Reach {
  readonly kind: BreakerKind;
  readonly name: string;
}

/** Circuit breakers of a site, one for each device and endpoint that attempts reach out to. */
export interface Breakers {
  /** Takes up those that were open when the process ended. */
  open(): Promise<void>;
  /** Carries out an attempt, or refuses it with CIRCUIT_OPEN and the time at which it may be tried again. */
  around(reach: Reach, signal: AbortSignal, run: () => Promise<WorkResult>): Promise<WorkResult>;
  list(): readonly Breaker[];
  /** Closes it by hand. Errors: SAGA_BREAKER_NOT_FOUND. */
  reset(id: string, by: string): Promise<Breaker>;
}

interface Entry {
  readonly reach: Reach;
  state: BreakerState;
  /** Counts the changes between closed, open and half-open: an attempt speaks only for the stretch it began in. */
  stretch: number;
  reason: string | null;
  /** Steady clock. */
  changedMs: number | null;
  /** Changes are written one after the other. */
  written: Promise<void>;
}

/** Far more than a site has devices and endpoints; a definition that computes names must not fill the memory. */
const BREAKERS_MAX = 10_000;
const REASON_CHARS_MAX = 500;
const WRITE_TRIES_MAX = 5;
const WRITE_PAUSE_MS = 1_000;

/** Reason of an abort by which an attempt is given up as lost; any other abort says nothing about the device. */
export const ATTEMPT_LATE = 'late';

export function createBreakers(parts: {
  store: Store;
  clock: SteadyClock;
  log: Log;
  site: string;
  policy: BreakerPolicy;
}): Breakers {
  const { store, clock, log, site, policy } = parts;
  const entries = new Map<string, Entry>();

  const entryOf = (reach: Reach): Entry | undefined => {
    const id = idOf(reach);
    let entry = entries.get(id);
    if (entry === undefined && entries.size < BREAKERS_MAX) {
      entry = freshEntry(reach);
      entries.set(id, entry);
    }
    return entry;
  };

  const happen = (entry: Entry, event: BreakerEvent, reason: string, by?: string): void => {
    const before = entry.state;
    entry.state = nextBreaker(before, event, policy);
    if (event.type === 'faulted') entry.reason = reason;
    if (entry.state.is === before.is) return;
    entry.stretch += 1;
    entry.changedMs = clock.nowMs();
    log.info({ breaker: idOf(entry.reach), state: entry.state.is, reason }, 'a circuit breaker changed');
    const ops = changeOps(entry, reason, by);
    entry.written = entry.written.then(() => write(ops));
  };

  const changeOps = (entry: Entry, reason: string, by: string | undefined): StoreOp[] => {
    const { reach, state } = entry;
    const breaker = idOf(reach);
    const nowMs = clock.wallMs(clock.nowMs());
    const retryAt = state.is === 'open' ? { retryAt: iso(clock.wallMs(state.untilMs)) } : {};
    const data = {
      breaker,
      ...reach,
      state: state.is,
      reason,
      ...retryAt,
      ...(by === undefined ? {} : { by }),
    };
    const context = { site, component: 'orchestrator', nowMs, correlationId: breaker };
    const params = { breaker, ...reach, state: JSON.stringify(state), reason, changedMs: nowMs };
    return [
      { op: 'run', statement: 'breaker.save', params },
      { op: 'append', event: createEvent(breakerChanged, breaker, data, context) },
    ];
  };

  /** What is not on disk in the end is only the memory of a fault; the device shows it again. */
  const write = async (ops: readonly StoreOp[]): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await store.commit(ops, { reserve: true });
        return;
      } catch (error) {
        if (isApplianceError(error, 'STORE_CLOSED')) return;
        if (tries >= WRITE_TRIES_MAX) return log.warn({ err: error }, 'a circuit breaker was not recorded');
        await new Promise<void>((resolve) => clock.after(WRITE_PAUSE_MS, resolve));
      }
    }
  };

  /** The attempt has told what it has to tell; `stretch` is that in which it began. */
  const settle = (entry: Entry, stretch: number, event: BreakerEvent, reason: string): void => {
    if (entry.stretch === stretch) happen(entry, event, reason);
  };

  return {
    async open() {
      const nowMs = clock.nowMs();
      for (const row of await store.query('breaker.all', { countMax: BREAKERS_MAX })) {
        const reach = { kind: row.kind as BreakerKind, name: String(row.name) };
        const restored = afterRestart(JSON.parse(String(row.state)) as BreakerState, nowMs + policy.openMs);
        const reason = restored.is === 'closed' ? null : String(row.reason);
        const changedMs = Number(row.changed_ms);
        entries.set(idOf(reach), { ...freshEntry(reach), state: restored, reason, changedMs });
      }
    },
    async around(reach, signal, run) {
      const entry = entryOf(reach);
      if (entry === undefined) return run();
      const nowMs = clock.nowMs();
      if (!admits(entry.state, nowMs)) return refused(entry, nowMs + policy.openMs);
      happen(entry, { type: 'asked', nowMs }, 'it is tried again');
      const { stretch } = entry;
      const onAbort = () => {
        const late = signal.reason === ATTEMPT_LATE;
        const event = late ? faultedAt(clock) : ({ type: 'said-nothing' } as const);
        settle(entry, stretch, event, late ? 'no answer in time' : 'given up');
        told = true;
      };
      let told = false;
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const result = await run();
        if (!told) settle(entry, stretch, eventOf(result, reach.kind, clock), reasonOf(result));
        return result;
      } catch (error) {
        // An unexpected fault of the activity; whoever called turns it into a result.
        if (!told) settle(entry, stretch, faultedAt(clock), String(error).slice(0, REASON_CHARS_MAX));
        throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    list: () => [...entries.values()].map((entry) => toldOf(entry, clock)),
    async reset(id, by) {
      const entry = entries.get(id);
      if (entry === undefined) throw new ApplianceError('SAGA_BREAKER_NOT_FOUND', { breaker: id });
      happen(entry, { type: 'reset' }, 'closed by hand', by);
      await entry.written;
      return toldOf(entry, clock);
    },
  };
}

const idOf = ({ kind, name }: Reach): string => `${kind}:${name}`;
const iso = (ms: number): string => new Date(ms).toISOString();
const faultedAt = (clock: SteadyClock): BreakerEvent => ({ type: 'faulted', nowMs: clock.nowMs() });

const freshEntry = (reach: Reach): Entry => ({
  reach,
  state: closedBreaker,
  stretch: 0,
  reason: null,
  changedMs: null,
  written: Promise.resolve(),
});

/** The attempt that was trying again is gone with its process, and the clock may have been set back meanwhile. */
function afterRestart(state: BreakerState, latestMs: number): BreakerState {
  if (state.is === 'half-open') return { ...state, probing: false };
  return state.is === 'open' ? { ...state, untilMs: Math.min(state.untilMs, latestMs) } : state;
}

function refused(entry: Entry, laterMs: number): WorkResult {
  const { reach, state, reason } = entry;
  const why = state.is === 'half-open' ? 'one attempt is trying it again' : (reason ?? 'it failed too often');
  return {
    outcome: 'refused',
    code: 'CIRCUIT_OPEN',
    reason: `the circuit breaker of ${reach.kind} ${reach.name} is open: ${why}`,
    retryAtMs: state.is === 'open' ? state.untilMs : laterMs,
  };
}

/** What the gate says, not the device. */
const GATE_CODES = new Set(['REFUSED', 'EXPIRED', 'ABORTED']);

/** Only faults of the other side count: an interlock, a busy target or a clear "no" says nothing against it. */
function eventOf(result: WorkResult, kind: BreakerKind, clock: SteadyClock): BreakerEvent {
  switch (result.outcome) {
    case 'succeeded':
      return { type: 'succeeded' };
    case 'refused':
      return { type: 'said-nothing' };
    case 'unknown':
      return faultedAt(clock);
    case 'failed':
      if (GATE_CODES.has(result.code) || result.code.startsWith('SAFE_')) return { type: 'said-nothing' };
      // An endpoint that answers "no such order" is well; a device that ends in a fault is not.
      return kind === 'device' || result.retryable ? faultedAt(clock) : { type: 'succeeded' };
  }
}

const reasonOf = (result: WorkResult): string =>
  result.outcome === 'succeeded' ? 'it works again' : result.reason.slice(0, REASON_CHARS_MAX);

const toldOf = (entry: Entry, clock: SteadyClock): Breaker => {
  const { reach, state, reason, changedMs } = entry;
  return {
    id: idOf(reach),
    ...reach,
    state: state.is,
    faults: state.faults,
    reason: state.is === 'closed' && state.faults === 0 ? null : reason,
    changedAt: changedMs === null ? null : iso(clock.wallMs(changedMs)),
    retryAt: state.is === 'open' ? iso(clock.wallMs(state.untilMs)) : null,
  };
};
