import type { Random } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { LimitConfig, LimitUse } from '#contracts/limits.ts';
import type { Log } from '#contracts/log.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { Runners } from '../activities/runners.ts';
import { sequenceOf } from '../decide/backoff.ts';
import { decide } from '../decide/decide.ts';
import {
  type Decision,
  hasEnded,
  initialState,
  type SagaEvent,
  type SagaState,
  wakeAtMs,
} from '../decide/state.ts';
import { createAlarm } from './alarm.ts';
import { type ChildOf, createChildren } from './children.ts';
import type { Transition } from './codec.ts';
import { createCommitter, type Writing } from './committer.ts';
import type { Definitions } from './definitions.ts';
import { createHands } from './hands.ts';
import { createHeartbeats } from './heartbeats.ts';
import { createInsist } from './insist.ts';
import {
  createInstanceStore,
  freshInstance,
  type InboxItem,
  type Instance,
  type Outcome,
} from './instances.ts';
import { recordOps } from './record-ops.ts';
import { searchOf } from './search-of.ts';
import { createSignalDesk, type Signal } from './signal-desk.ts';
import type { SteadyClock } from './steady-clock.ts';
import { type DueAfter, withDeadlines } from './task-deadlines.ts';
import { createTurns } from './turns.ts';

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

/** A committed transition, for whoever shows it or keeps rows about it. */
export interface Change {
  readonly instance: Instance;
  readonly before: SagaState;
  readonly event: SagaEvent;
  readonly decision: Decision;
  /** Wall time. */
  readonly atMs: number;
  /** Steady time, as the times in the state are. */
  readonly decidedMs: number;
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
  /** Told after the commit. Must not throw. */
  readonly onCommitted: (change: Change) => void;
}

export interface Engine {
  recover(): Promise<void>;
  start(saga: SagaStart): Promise<Outcome>;
  offer(sagaId: string, event: SagaEvent): Promise<Outcome>;
  /** Errors: SAGA_SIGNAL_INVALID, SAGA_SIGNALS_FULL. */
  signal(sagaId: string, signal: Signal): Promise<void>;
  /** Sagas under way, waiting ones included. */
  aliveCount(): number;
  /** Why nothing new should begin just now, in words; null when it may. */
  pushesBack(): string | null;
  stop(): Promise<void>;
  stats(): EngineStats;
}
export interface EngineStats {
  readonly cached: number;
  readonly ready: number;
  readonly alive: number;
  readonly transitions: number;
  readonly commits: number;
  readonly limits: readonly LimitUse[];
}

/** Transitions per commit: enough to share an fsync, few enough to stay under 5 ms of the main thread. */
const BATCH_COUNT_MAX = 64;
/** Commits on their way at once: the next is prepared while the disk is busy with the last. */
const COMMITS_MAX = 8;
/** Sagas whose outcome is unknown after a crash, taken up in groups: the first command waits for one group only. */
const RECOVER_COUNT = 250;
/** Read at once when the process starts; more than any site can have had under way. */
const RECOVER_COUNT_MAX = 1_000_000;
/** Sagas with something to decide, beyond which nothing new begins: that is seconds of work. */
const READY_COUNT_MAX = 5_000;
const STORE_PAUSE_MS = 1_000;

export function createEngine(parts: EngineParts): Engine {
  const { store, clock, random, log, definitions } = parts;
  const instances = createInstanceStore(store, definitions.byHash);
  const ready = new Set<Instance>();
  const commits = new Set<Promise<void>>();
  let scheduled = false;
  let paused = false;
  let stopped = false;
  let transitions = 0;
  let commitCount = 0;
  let alive = 0;

  const alarm = createAlarm({
    store,
    clock,
    log,
    due: 'saga.due',
    next: 'saga.nextWake',
    wake: async (ids) =>
      (await Promise.all(ids.map((sagaId) => offer(sagaId, { type: 'woken' })))).includes('changed'),
  });
  const insist = createInsist({ clock, log, stopped: () => stopped });
  /** What the hands found out; nobody else will say it again. */
  const tellLater = (sagaId: string, event: SagaEvent): void =>
    void insist('a saga was not told', sagaId, async () => (await offer(sagaId, event)) !== 'conflict');
  const turns = createTurns({
    clock,
    site: parts.limits,
    granted: (sagaId, work) => tellLater(sagaId, { type: 'granted', work }),
  });
  const signals = createSignalDesk({
    ...parts,
    daysMax: parts.signalDaysMax,
    load: instances.load,
    offer: (sagaId, event) => offer(sagaId, event),
  });
  const children = createChildren({
    ...parts,
    current: parts.childOf,
    begin: (saga) => start(saga),
    offer: (sagaId, event) => offer(sagaId, event),
    insist,
  });
  const heartbeats = createHeartbeats({ store, clock, log });
  const hands = createHands({
    ...parts,
    turns,
    children,
    heartbeats,
    seek: signals.seek,
    offer: (instance, event) => {
      // It may have been given up and loaded again meanwhile: there is one place for each saga.
      if (instances.get(instance.sagaId) === instance) push(instance, event, () => {});
      else tellLater(instance.sagaId, event);
    },
    stopped: () => stopped,
  });

  const push = (instance: Instance, event: SagaEvent, done: InboxItem['done']) => {
    if (stopped) return done('missing');
    instance.inbox.push({ event, tries: 0, done });
    makeReady(instance);
  };

  const makeReady = (instance: Instance) => {
    if (instance.writing || instance.inbox.length === 0) return;
    ready.add(instance);
    schedule();
  };

  const schedule = () => {
    if (scheduled || paused || stopped) return;
    scheduled = true;
    setImmediate(pump);
  };

  const pump = () => {
    scheduled = false;
    if (paused || stopped || ready.size === 0 || commits.size >= COMMITS_MAX) return;
    const batch: Writing[] = [];
    for (const instance of ready) {
      ready.delete(instance);
      const item = instance.inbox.shift();
      if (item === undefined) continue;
      const transition = decideOne(instance, item);
      if (transition === null) {
        makeReady(instance);
        continue;
      }
      instance.writing = true;
      batch.push({ instance, item, transition });
      if (batch.length >= BATCH_COUNT_MAX) break;
    }
    // On a full disk new sagas wait, while those that run, and above all their amends, get through.
    const starts = batch.filter(({ item }) => item.event.type === 'started');
    const others = batch.filter(({ item }) => item.event.type !== 'started');
    if (starts.length > 0) write(starts, false);
    if (others.length > 0) write(others, true);
    if (ready.size > 0) schedule();
  };

  /** Null when nothing changes: intents, if any, repeat what is already on disk and may go ahead. */
  const decideOne = (instance: Instance, item: InboxItem): Transition | null => {
    const decidedMs = clock.nowMs();
    const seed = random();
    let decision: Decision;
    try {
      decision = withDeadlines(
        decide(instance.definition, instance.state, item.event, decidedMs, sequenceOf(seed)),
        decidedMs,
        parts.dueAfterMs,
      );
    } catch (error) {
      // A fault of ours. The saga stays as it is on disk, where a corrected release finds it.
      log.error(
        { err: error, sagaId: instance.sagaId, event: item.event.type },
        'a saga could not be decided',
      );
      item.done('unchanged');
      return null;
    }
    if (decision.state === instance.state) {
      hands.carryOut(instance, decision.intents);
      item.done('unchanged');
      return null;
    }
    const { definition, traceparent, parentId } = instance;
    const search = decision.state.seq === 1 ? searchOf(definition, decision.state) : null;
    const times = { atMs: clock.wallMs(decidedMs), decidedMs };
    const { name } = definition;
    return { event: item.event, ...times, seed, decision, name, traceparent, parentId, search };
  };

  const write = (batch: readonly Writing[], reserve: boolean) => {
    const commit = committer.commit(batch, reserve).finally(() => {
      commits.delete(commit);
      commitCount += 1;
      for (const { instance } of batch) {
        instance.writing = false;
        if (!hasEnded(instance.state)) makeReady(instance);
      }
      instances.trim();
      schedule();
    });
    commits.add(commit);
  };

  const committed = ({ instance, item, transition }: Writing) => {
    const { decision, event, atMs, decidedMs } = transition;
    transitions += 1;
    const before = instance.state;
    instance.state = decision.state;
    if (before.seq === 0) alive += 1;
    if (hasEnded(decision.state)) {
      alive -= 1;
      end(instance);
    }
    const wakeMs = wakeAtMs(decision.state);
    if (wakeMs !== null) alarm.at(wakeMs);
    turns.settle(decision.state);
    hands.carryOut(instance, decision.intents);
    children.committed(instance, decision.state);
    show({ instance, before, event, decision, atMs, decidedMs });
    item.done('changed');
  };

  /** Whoever shows it may fail; the saga must not. */
  const show = (change: Change) => {
    try {
      parts.onCommitted(change);
    } catch (error) {
      log.error({ err: error, sagaId: change.instance.sagaId }, 'a listener failed');
    }
  };

  const end = (instance: Instance) => {
    instances.drop(instance.sagaId);
    ready.delete(instance);
    for (const { done } of instance.inbox.splice(0)) done('unchanged');
  };

  const committer = createCommitter({
    store,
    log,
    site: parts.site,
    opsAbout: (batch) => [
      ...batch.flatMap(({ instance, transition: { decision, event, atMs } }) =>
        recordOps(instance.state, decision.records, event, atMs),
      ),
      ...parts.project(
        batch.map(({ instance, transition: { decision, event, atMs, decidedMs } }) => ({
          instance,
          before: instance.state,
          event,
          decision,
          atMs,
          decidedMs,
        })),
      ),
    ],
    reread: instances.reread,
    settling: {
      committed,
      again: ({ instance, item }) => void instance.inbox.unshift(item),
      over({ instance, item }, outcome) {
        // One that never was on disk, or is no longer alive there, is not kept in memory either.
        if (instance.state.seq === 0 || outcome === 'missing') end(instance);
        item.done(outcome);
      },
      pause: () => pause(),
      close: () => {
        stopped = true;
      },
    },
  });

  const pause = () => {
    if (paused) return;
    paused = true;
    clock.after(STORE_PAUSE_MS, () => {
      paused = false;
      schedule();
    });
  };

  const offer = async (sagaId: string, event: SagaEvent): Promise<Outcome> => {
    const instance = await instances.load(sagaId);
    if (instance === undefined) return 'missing';
    return new Promise((resolve) => push(instance, event, resolve));
  };

  const start = async (saga: SagaStart): Promise<Outcome> => {
    const { definition, traceparent, parentId, ...rest } = saga;
    if (instances.get(saga.sagaId) !== undefined) return 'unchanged';
    const state = initialState({ ...rest, startedMs: clock.nowMs() });
    const instance = freshInstance(definition, state, { traceparent, parentId });
    instances.put(instance);
    return new Promise((resolve) => push(instance, { type: 'started' }, resolve));
  };

  return {
    async recover() {
      const [count] = await store.query('saga.aliveCount');
      alive = Number(count?.count ?? 0);
      // Read before anything moves: what is dispatched from now on has its runner.
      const rows = await store.query('saga.busy', { countMax: RECOVER_COUNT_MAX });
      const ids = rows.map((row) => String(row.saga_id));
      for (let from = 0; from < ids.length; from += RECOVER_COUNT) {
        const some = ids.slice(from, from + RECOVER_COUNT);
        await Promise.all(some.map((id) => offer(id, { type: 'recovered' })));
      }
      turns.begin();
      await signals.seekEarly();
      await alarm.start();
      signals.startExpiry();
    },
    start,
    offer,
    signal: signals.receive,
    aliveCount: () => alive,
    pushesBack() {
      if (paused) return 'the store takes nothing just now';
      if (ready.size >= READY_COUNT_MAX) return `${ready.size} sagas wait to be decided`;
      return null;
    },
    async stop() {
      stopped = true;
      alarm.stop();
      signals.stop();
      turns.stop();
      for (const instance of instances.values()) {
        for (const { controller } of instance.running.values()) controller.abort(STOPPING);
        for (const { done } of instance.inbox.splice(0)) done('missing');
      }
      ready.clear();
      await Promise.all(commits);
      await hands.idle();
      await heartbeats.stop();
    },
    stats: () => ({
      cached: instances.size,
      ready: ready.size,
      alive,
      transitions,
      commits: commitCount,
      limits: turns.use(),
    }),
  };
}

/** Reason of an abort that is not about the work: the process stops, and the work is found again at the next start. */
export const STOPPING = new ApplianceError('SAGA_STOPPED');
