import type { Random } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { LimitConfig, LimitQueue, LimitUse } from '#contracts/limits.ts';
import type { Log } from '#contracts/log.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { Runners } from '../activities/runners.ts';
import type { SagaEvent } from '../decide/events.ts';
import { hasEnded, initialState, wakeAtMs } from '../decide/state.ts';
import { createAlarm } from './alarm.ts';
import { type ChildOf, createChildren } from './children.ts';
import type { Definitions } from './definitions.ts';
import { createHands } from './hands.ts';
import { createHeartbeats } from './heartbeats.ts';
import { createInsist } from './insist.ts';
import { createInstanceStore, freshInstance, type Outcome } from './instances.ts';
import { createSignalDesk, type Signal } from './signal-desk.ts';
import type { SteadyClock } from './steady-clock.ts';
import type { DueAfter } from './task-deadlines.ts';
import { type Change, createTransitions } from './transitions.ts';
import { createTurns } from './turns.ts';
import { turnsBefore } from './turns-before.ts';

export type { Change } from './transitions.ts';

export interface SagaStart {
  readonly sagaId: string;
  readonly definition: SagaDefinition;
  readonly hash: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
  /** The saga that waits for its end; null for one that stands alone. */
  readonly parentId: string | null;
  readonly input: Json;
}

export interface EngineParts {
  readonly store: Store;
  readonly clock: SteadyClock;
  readonly random: Random;
  readonly log: Log;
  readonly site: string;
  readonly definitions: Definitions;
  readonly runners: Runners;
  /** The definition that a child of this name begins on. Errors: whatever says why it cannot begin. */
  readonly childOf: ChildOf;
  readonly limits: readonly LimitConfig[];
  readonly signalDaysMax: number;
  /** For tasks that name no time of their own. */
  readonly dueAfterMs: DueAfter;
  /** Rows that others keep about the transitions of a commit, written with them. */
  readonly project: (changes: readonly Change[]) => readonly StoreOp[];
  /** A delivery for a saga of this name had come before, or too late. */
  readonly repeated: (saga: string) => void;
  /** Told after the commit. Must not throw. */
  readonly onCommitted: (change: Change) => void;
}

export interface Engine {
  /** Takes up what was under way before. Until it resolves, nothing else is taken: SAGA_STARTING. */
  recover(): Promise<void>;
  /** Errors: SAGA_STARTING. */
  start(saga: SagaStart): Promise<Outcome>;
  /** Errors: SAGA_STARTING. */
  offer(sagaId: string, event: SagaEvent): Promise<Outcome>;
  /** Errors: SAGA_STARTING, SAGA_SIGNAL_INVALID, SAGA_SIGNALS_FULL, SAGA_SIGNALS_EARLY, SAGA_ENDED. */
  signal(sagaId: string, signal: Signal): Promise<void>;
  /** Why nothing new should begin just now, in words; null when it may. */
  pushesBack(): string | null;
  stop(): Promise<void>;
  stats(): EngineStats;
  /** Who has a turn at each limit and who waits. */
  limits(): readonly LimitQueue[];
}
export interface EngineStats {
  readonly cached: number;
  readonly ready: number;
  /** Sagas under way, waiting ones included. */
  readonly alive: number;
  readonly transitions: number;
  readonly commits: number;
  readonly limits: readonly LimitUse[];
}

/** Sagas whose outcome is unknown after a crash, taken up in groups: the first command waits for one group only. */
const RECOVER_COUNT = 250;
/** Read at once when the process starts; more than any site can have had under way. */
const RECOVER_COUNT_MAX = 1_000_000;

/** Joins what decides, what writes and what acts. */
export function createEngine(parts: EngineParts): Engine {
  const { store, clock, log } = parts;
  const instances = createInstanceStore(store, parts.definitions.byHash);
  const starting = new Map<string, Promise<Outcome>>();
  let alive = 0;
  let recovered = false;

  const committed = (change: Change) => {
    const { instance, before, decision } = change;
    const { state } = decision;
    alive += (before.seq === 0 ? 1 : 0) - (hasEnded(state) ? 1 : 0);
    const wakeMs = wakeAtMs(state);
    if (wakeMs !== null) alarm.at(wakeMs);
    hands.carryOut(instance, decision.intents);
    // Last: what took up its turn after a crash may have come to its end in the same transition.
    turns.settle(state);
    children.committed(instance, state);
    show(change);
  };

  /** Whoever shows it may fail; the saga must not. */
  const show = (change: Change) => {
    try {
      parts.onCommitted(change);
    } catch (error) {
      log.error({ err: error, sagaId: change.instance.sagaId }, 'a listener failed');
    }
  };

  const transitions = createTransitions({
    ...parts,
    instances,
    committed,
    carryOut: (instance, intents) => hands.carryOut(instance, intents),
  });
  const { stopped } = transitions;

  const offer = async (sagaId: string, event: SagaEvent): Promise<Outcome> => {
    const instance = await instances.load(sagaId);
    if (instance === undefined) return 'missing';
    return new Promise((resolve) => transitions.push(instance, event, resolve));
  };

  const wakeUp = async (sagaId: string): Promise<Outcome> => {
    const running = [...((await instances.load(sagaId))?.running.values() ?? [])];
    const waited = running
      .filter(({ sinceMs, beganMs }) => beganMs !== sinceMs)
      .map(({ work, beganMs }) => ({ work, beganMs }));
    return offer(sagaId, waited.length === 0 ? { type: 'woken' } : { type: 'woken', waited });
  };

  const start = async (saga: SagaStart): Promise<Outcome> => {
    const { definition, traceparent, parentId, ...rest } = saga;
    const first = starting.get(saga.sagaId);
    // Whoever repeats a start may count on it as little as the first, before that is on disk.
    if (first !== undefined) return first.then((outcome) => (outcome === 'changed' ? 'unchanged' : outcome));
    if (instances.get(saga.sagaId) !== undefined) return 'unchanged';
    const state = initialState({ ...rest, startedMs: clock.nowMs() });
    const instance = freshInstance(definition, state, { traceparent, parentId });
    instances.put(instance);
    const begun = new Promise<Outcome>((resolve) =>
      transitions.push(instance, { type: 'started' }, resolve),
    ).finally(() => starting.delete(saga.sagaId));
    starting.set(saga.sagaId, begun);
    return begun;
  };

  /** Begun before, it would be found among the work of before the restart and taken for it. */
  const onceRecovered =
    <A extends unknown[], R>(act: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      if (!recovered) throw new ApplianceError('SAGA_STARTING');
      return act(...given);
    };

  const insist = createInsist({ clock, log, stopped });
  /** What was found out and nobody else will say again. */
  const tell = (sagaId: string, event: SagaEvent): void =>
    void insist('a saga was not told', sagaId, async () => (await offer(sagaId, event)) !== 'conflict');

  const alarm = createAlarm({
    store,
    clock,
    log,
    due: 'saga.due',
    next: 'saga.nextWake',
    wake: async (ids) => (await Promise.all(ids.map(wakeUp))).includes('changed'),
  });
  const turns = createTurns({
    clock,
    site: parts.limits,
    granted: (sagaId, work) => tell(sagaId, { type: 'granted', work }),
  });
  const signals = createSignalDesk({
    ...parts,
    daysMax: parts.signalDaysMax,
    insist,
    load: instances.load,
    offer,
  });
  const children = createChildren({ ...parts, current: parts.childOf, begin: start, offer, insist });
  const heartbeats = createHeartbeats({ store, clock, log });
  const hands = createHands({
    ...parts,
    turns,
    children,
    heartbeats,
    seek: signals.seek,
    offer(instance, event) {
      // It may have been given up and loaded again meanwhile: there is one place for each saga.
      if (instances.get(instance.sagaId) !== instance) return tell(instance.sagaId, event);
      transitions.push(instance, event, (outcome) => {
        if (outcome === 'conflict') tell(instance.sagaId, event);
      });
    },
    stopped,
  });

  return {
    async recover() {
      const [count] = await store.query('saga.aliveCount');
      alive = Number(count?.count ?? 0);
      const before = await turnsBefore(store, clock);
      // Read before anything moves: what is dispatched from now on has its runner.
      const rows = await store.query('saga.busy', { countMax: RECOVER_COUNT_MAX });
      const ids = rows.map((row) => String(row.saga_id));
      for (let from = 0; from < ids.length; from += RECOVER_COUNT) {
        const some = ids.slice(from, from + RECOVER_COUNT);
        await Promise.all(some.map((id) => offer(id, { type: 'recovered' })));
      }
      turns.begin(before);
      await signals.seekEarly();
      await alarm.start();
      await signals.startExpiry();
      recovered = true;
    },
    start: onceRecovered(start),
    offer: onceRecovered(offer),
    signal: onceRecovered(signals.receive),
    pushesBack: transitions.pushesBack,
    async stop() {
      alarm.stop();
      signals.stop();
      turns.stop();
      const written = transitions.stop();
      for (const instance of instances.values()) {
        for (const { controller } of instance.running.values()) controller.abort(STOPPING);
      }
      await written;
      await hands.idle();
      await heartbeats.stop();
    },
    stats: () => ({ ...transitions.stats(), cached: instances.size, alive, limits: turns.use() }),
    limits: turns.queues,
  };
}

/** Reason of an abort that is not about the work: the process stops, and the work is found again at the next start. */
export const STOPPING = new ApplianceError('SAGA_STOPPED');
