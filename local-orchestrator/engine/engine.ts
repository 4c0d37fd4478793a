import type { Clock, Random } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
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
import type { Transition } from './codec.ts';
import { createCommitter, type Writing } from './committer.ts';
import type { Definitions } from './definitions.ts';
import { createHands } from './hands.ts';
import {
  createInstanceStore,
  freshInstance,
  type InboxItem,
  type Instance,
  type Outcome,
} from './instances.ts';
import { recordOps } from './record-ops.ts';
import { searchOf } from './search-of.ts';

export interface SagaStart {
  readonly sagaId: string;
  readonly definition: SagaDefinition;
  readonly hash: string;
  readonly correlationId: string;
  readonly traceparent: string | null;
  readonly input: Json;
}

/** A committed transition, for whoever shows it or keeps rows about it. */
export interface Change {
  readonly instance: Instance;
  readonly before: SagaState;
  readonly event: SagaEvent;
  readonly decision: Decision;
  readonly atMs: number;
}

export interface EngineParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly site: string;
  readonly definitions: Definitions;
  readonly runners: Runners;
  /** Rows that others keep about a transition, written with it. */
  readonly project: (change: Change) => readonly StoreOp[];
  /** Told after the commit. Must not throw. */
  readonly onCommitted: (change: Change) => void;
}

export interface Engine {
  recover(): Promise<void>;
  start(saga: SagaStart): Promise<Outcome>;
  offer(sagaId: string, event: SagaEvent): Promise<Outcome>;
  signal(sagaId: string, signal: { id: string; name: string; payload: Json }): Promise<void>;
  stop(): Promise<void>;
  stats(): { cached: number; ready: number; transitions: number; commits: number };
}

/** Transitions per commit: enough to share an fsync, few enough to stay under 5 ms of the main thread. */
const BATCH_COUNT_MAX = 64;
/** Commits on their way at once: the next is prepared while the disk is busy with the last. */
const COMMITS_MAX = 8;
/** Signals of running sagas that nobody has taken, looked at when the process starts. */
const EARLY_SIGNALS_MAX = 10_000;
/** Sagas whose outcome is unknown after a crash, taken up in groups. */
const RECOVER_COUNT = 500;
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

  const alarm = createAlarm({
    store,
    clock,
    log,
    due: 'saga.due',
    next: 'saga.nextWake',
    wake: async (ids) =>
      (await Promise.all(ids.map((sagaId) => offer(sagaId, { type: 'woken' })))).includes('changed'),
  });
  const hands = createHands({
    ...parts,
    offer: (instance, event) => {
      // It may have been given up and loaded again meanwhile: there is one place for each saga.
      if (instances.get(instance.sagaId) === instance) push(instance, event, () => {});
      else offer(instance.sagaId, event).catch((error: unknown) => unheard(instance.sagaId, error));
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
    const atMs = clock.nowMs();
    const seed = random();
    let decision: Decision;
    try {
      decision = decide(instance.definition, instance.state, item.event, atMs, sequenceOf(seed));
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
    const { definition, traceparent } = instance;
    const search = decision.state.seq === 1 ? searchOf(definition, decision.state) : null;
    return { event: item.event, atMs, seed, decision, name: definition.name, traceparent, search };
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
    const { decision, event, atMs } = transition;
    transitions += 1;
    const before = instance.state;
    instance.state = decision.state;
    if (hasEnded(decision.state)) end(instance);
    const wakeMs = wakeAtMs(decision.state);
    if (wakeMs !== null) alarm.at(wakeMs);
    hands.carryOut(instance, decision.intents);
    show({ instance, before, event, decision, atMs });
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
    opsAbout: ({ instance, transition: { decision, event, atMs } }) => [
      ...recordOps(instance.state, decision.records, atMs),
      ...parts.project({ instance, before: instance.state, event, decision, atMs }),
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

  const unheard = (sagaId: string, error: unknown) =>
    log.warn({ err: error, sagaId }, 'a saga could not be loaded; its deadline will look after it');

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

  /** Stored before the crash, and the saga that waits for them was not told. */
  const seekEarlySignals = async (): Promise<void> => {
    const rows = await store.query('saga.signalsEarly', { countMax: EARLY_SIGNALS_MAX });
    for (const row of rows) {
      const instance = await instances.load(String(row.saga_id));
      if (instance !== undefined) hands.carryOut(instance, [{ do: 'seek-signal', name: String(row.name) }]);
    }
  };

  return {
    async recover() {
      for (let after = ''; ; ) {
        const rows = await store.query('saga.busy', { after, countMax: RECOVER_COUNT });
        const ids = rows.map((row) => String(row.saga_id));
        await Promise.all(ids.map((id) => offer(id, { type: 'recovered' })));
        const last = ids.at(-1);
        if (last === undefined) break;
        after = last;
      }
      await seekEarlySignals();
      await alarm.start();
    },
    async start({ sagaId, definition, hash, correlationId, traceparent, input }) {
      if (instances.get(sagaId) !== undefined) return 'unchanged';
      const state = initialState({ sagaId, hash, correlationId, input, startedMs: clock.nowMs() });
      const instance = freshInstance(definition, state, traceparent);
      instances.put(instance);
      return new Promise((resolve) => push(instance, { type: 'started' }, resolve));
    },
    offer,
    async signal(sagaId, { id, name, payload }) {
      const params = { sagaId, signalId: id, name, payload: JSON.stringify(payload), nowMs: clock.nowMs() };
      await store.commit([{ op: 'run', statement: 'saga.receiveSignal', params }]);
      // On disk now: if nobody waits for it yet, it is found when somebody does.
      const instance = await instances.load(sagaId);
      if (instance !== undefined) hands.carryOut(instance, [{ do: 'seek-signal', name }]);
    },
    async stop() {
      stopped = true;
      alarm.stop();
      for (const instance of instances.values()) {
        for (const controller of instance.running.values()) controller.abort(STOPPING);
        for (const { done } of instance.inbox.splice(0)) done('missing');
      }
      ready.clear();
      await Promise.all(commits);
      await hands.idle();
    },
    stats: () => ({ cached: instances.size, ready: ready.size, transitions, commits: commitCount }),
  };
}

/** Reason of an abort that is not about the work: the process stops, and the work is found again at the next start. */
export const STOPPING = new ApplianceError('SAGA_STOPPED');
