import type { Random } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { sequenceOf } from '../decide/backoff.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, Intent } from '../decide/decision.ts';
import type { RecordedEvent, SagaEvent } from '../decide/events.ts';
import { hasEnded, type SagaState } from '../decide/state.ts';
import { isDelivery } from '../kpis/tally.ts';
import type { Transition } from './codec.ts';
import { createCommitter, type Writing } from './committer.ts';
import type { InboxItem, Instance, InstanceStore, Outcome } from './instances.ts';
import { recordOps } from './record-ops.ts';
import { searchOf } from './search-of.ts';
import type { SteadyClock } from './steady-clock.ts';
import { type DueAfter, withDeadlines } from './task-deadlines.ts';

/** A committed transition, for whoever shows it or keeps rows about it. */
export interface Change {
  readonly instance: Instance;
  readonly before: SagaState;
  readonly event: RecordedEvent;
  readonly decision: Decision;
  /** Wall time. */
  readonly atMs: number;
  /** Steady time, as the times in the state are. */
  readonly decidedMs: number;
}

/** Decides events, one after the other for each saga, and writes what was decided, many sagas to a commit. */
export interface Transitions {
  push(instance: Instance, event: SagaEvent, done: InboxItem['done']): void;
  /** Why nothing new should begin just now, in words; null when it may. */
  pushesBack(): string | null;
  stopped(): boolean;
  /** Takes nothing more; resolves when what was decided is on disk. */
  stop(): Promise<void>;
  stats(): { readonly ready: number; readonly transitions: number; readonly commits: number };
}

/** Transitions per commit: enough to share an fsync, few enough to stay under 5 ms of the main thread. */
const BATCH_COUNT_MAX = 32;
/** Commits on their way at once: the next is prepared while the disk is busy with the last. */
const COMMITS_MAX = 8;
/** Sagas with something to decide, beyond which nothing new begins: that is seconds of work. */
const READY_COUNT_MAX = 5_000;
const STORE_PAUSE_MS = 1_000;

export function createTransitions(parts: {
  store: Store;
  clock: SteadyClock;
  random: Random;
  log: Log;
  site: string;
  instances: InstanceStore;
  dueAfterMs: DueAfter;
  /** Rows that others keep about the transitions of a commit, written with them. */
  project: (changes: readonly Change[]) => readonly StoreOp[];
  /** A delivery for a saga of this name had come before, or too late. */
  repeated: (saga: string) => void;
  /** It is on disk, and the instance has its new state. */
  committed: (change: Change) => void;
  /** Nothing has changed, and what is on disk says so again. */
  carryOut: (instance: Instance, intents: readonly Intent[]) => void;
}): Transitions {
  const { store, clock, random, log, instances } = parts;
  const ready = new Set<Instance>();
  const commits = new Set<Promise<void>>();
  let scheduled = false;
  let paused = false;
  let stopped = false;
  let transitions = 0;
  let commitCount = 0;

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
    const { definition, state, traceparent, parentId } = instance;
    const seed = random();
    const { event, decision } = decideOrFault(instance, item.event, decidedMs, seed);
    if (decision.state === state) {
      if (isDelivery(item.event)) parts.repeated(definition.name);
      parts.carryOut(instance, decision.intents);
      item.done('unchanged');
      return null;
    }
    const search = decision.state.seq === 1 ? searchOf(definition, decision.state) : null;
    const times = { atMs: clock.wallMs(decidedMs), decidedMs };
    return { event, ...times, seed, decision, name: definition.name, traceparent, parentId, search };
  };

  /** A fault of ours must neither end the process nor lose the event: the saga keeps it, and a person is asked. */
  const decideOrFault = (
    { definition, state, sagaId }: Instance,
    event: RecordedEvent,
    nowMs: number,
    seed: number,
  ) => {
    const decided = (happened: RecordedEvent) => ({
      event: happened,
      decision: withDeadlines(
        decide(definition, state, happened, nowMs, sequenceOf(seed)),
        nowMs,
        parts.dueAfterMs,
      ),
    });
    try {
      return decided(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const faulted = decided({
        type: 'faulted',
        event: event.type === 'faulted' ? event.event : event,
        reason,
      });
      // What comes again by itself is told once.
      const isNew = faulted.decision.state !== state;
      if (isNew) log.error({ err: error, sagaId, event: event.type }, 'a saga could not be decided');
      return faulted;
    }
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

  /** `rest`: what becomes of events that still wait to be decided. */
  const end = (instance: Instance, rest: Outcome = 'unchanged') => {
    instances.drop(instance.sagaId);
    ready.delete(instance);
    for (const { done } of instance.inbox.splice(0)) done(rest);
  };

  const pause = () => {
    if (paused) return;
    paused = true;
    clock.after(STORE_PAUSE_MS, () => {
      paused = false;
      schedule();
    });
  };

  const committer = createCommitter({
    store,
    log,
    site: parts.site,
    opsAbout: (batch) => [
      ...batch.flatMap(({ instance, transition: { decision, event, atMs } }) =>
        recordOps(instance.state, decision.records, event, atMs),
      ),
      ...parts.project(batch.map(changeOf)),
    ],
    reread: instances.reread,
    settling: {
      committed(one) {
        transitions += 1;
        const change = changeOf(one);
        const { instance, item } = one;
        instance.state = change.decision.state;
        if (hasEnded(instance.state)) end(instance);
        parts.committed(change);
        item.done('changed');
      },
      faulted: ({ instance, item: { event, done } }, reason) => {
        if (event.type !== 'faulted')
          instance.inbox.unshift({ event: { type: 'faulted', event, reason }, tries: 0, done });
      },
      again: ({ instance, item }) => void instance.inbox.unshift(item),
      over({ instance, item }, outcome) {
        // One that never was on disk, or is no longer alive there, is not kept in memory either.
        // There may be one of its id on disk, for which its events were meant: they are to be told again.
        if (instance.state.seq === 0) end(instance, 'conflict');
        else if (outcome === 'missing') end(instance);
        item.done(outcome);
      },
      pause,
      close: () => {
        stopped = true;
      },
    },
  });

  return {
    push(instance, event, done) {
      if (stopped) return done('missing');
      instance.inbox.push({ event, tries: 0, done });
      makeReady(instance);
    },
    pushesBack() {
      if (paused) return 'the store takes nothing just now';
      return ready.size < READY_COUNT_MAX ? null : `${ready.size} sagas wait to be decided`;
    },
    stopped: () => stopped,
    async stop() {
      stopped = true;
      for (const { inbox } of instances.values()) for (const { done } of inbox.splice(0)) done('missing');
      ready.clear();
      await Promise.all(commits);
    },
    stats: () => ({ ready: ready.size, transitions, commits: commitCount }),
  };
}

const changeOf = ({ instance, transition: { decision, event, atMs, decidedMs } }: Writing): Change => ({
  instance,
  before: instance.state,
  event,
  decision,
  atMs,
  decidedMs,
});
