import { Value } from 'typebox/value';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { rolloutEnded, rolloutStarted } from '#contracts/events/rollout.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import { Guard, type Rollout, type RolloutRequest } from '#contracts/rollout.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { hasEnded, type SagaState } from '../decide/state.ts';
import type { Definitions, Version } from '../engine/definitions.ts';
import type { Change } from '../engine/engine.ts';
import { ofInput } from '../engine/search-of.ts';
import { type Judgement, judgeGuard, type Sample } from './judge-guard.ts';
import { refuseUnknownKey } from './keys.ts';
import { rolloutOf } from './rollout-row.ts';
import { isOnNewSide } from './sides.ts';
import { currentHash, type Versions } from './versions.ts';

/** Rollouts that have ended are kept for the record, so many of them. */
const KEPT_COUNT = 200;
/** Sagas of a version that are looked at, the newest ones. */
const SAMPLES_MAX = 2_000;
/** After a saga of the new version has ended: others that end with it are judged together with it. */
const JUDGE_MS = 250;
/** One that hangs ends nothing, so they are looked at without being asked, too. */
const LOOK_MS = 60_000;
const GUARD = 'guard';

export interface Rollouts {
  open(): Promise<void>;
  stop(): void;
  /** What a new saga gets. Whoever begins one asks here. Errors: those of `Definitions.startable`. */
  versionFor(name: string, saga: Pick<SagaState, 'sagaId' | 'correlationId' | 'input'>): Version;
  /**
   * Errors: ROLLOUT_UNDER_WAY, ROLLOUT_SAME_VERSION, ROLLOUT_KEY_UNKNOWN, ROLLOUT_CURRENT_CHANGED, and those of
   * `Versions.fit`.
   */
  start(request: RolloutRequest, by: string): Promise<Rollout>;
  /** Its version becomes the one that all new sagas get. Errors: ROLLOUT_NOT_FOUND. */
  promote(name: string, by: string, reason: string): Promise<Rollout>;
  /** New sagas get the old version; those on the new one end on it. Errors: ROLLOUT_NOT_FOUND. */
  abort(name: string, by: string, reason: string): Promise<Rollout>;
  list(): Promise<Rollout[]>;
  isUnderWay(name: string): string | undefined;
  committed(change: Change): void;
  /** Told when one begins and when it has ended, after that is on disk. */
  onChanged(listener: (rollout: Rollout) => void): () => void;
}

interface Live {
  readonly rollout: Rollout;
  readonly target: Version;
  /** It has been found to be worse: nobody gets it any more, whether that is on disk yet or not. */
  halted: boolean;
}

/** New versions for a share of the new sagas, watched, and taken back when they do worse. */
export function createRollouts(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  definitions: Definitions;
  versions: Versions;
}): Rollouts {
  const { store, clock, log, site, definitions, versions } = parts;
  const lives = new Map<string, Live>();
  const listeners = new Set<(rollout: Rollout) => void>();
  let lookAtMs = Number.POSITIVE_INFINITY;
  let disarm: () => void = () => {};
  let stopped = false;

  const lookIn = (delayMs: number) => {
    const atMs = clock.monotonicMs() + delayMs;
    if (stopped || lives.size === 0 || atMs >= lookAtMs) return;
    lookAtMs = atMs;
    disarm();
    disarm = clock.after(delayMs, () => void look());
  };

  const look = async (): Promise<void> => {
    lookAtMs = Number.POSITIVE_INFINITY;
    for (const live of [...lives.values()]) {
      try {
        const { rollBack, reason } = await judge(live.rollout);
        if (rollBack) live.halted = true;
        if (live.halted && lives.get(live.rollout.name) === live)
          await end(live, 'rolled-back', GUARD, reason);
      } catch (error) {
        if (!stopped) log.warn({ err: error }, 'a rollout could not be judged; will try again');
      }
    }
    lookIn(LOOK_MS);
  };

  const judge = async ({ from, to, guard, startedAt }: Rollout): Promise<Judgement> => {
    const nowMs = clock.nowMs();
    const read = async (hash: string, begunFromMs: number): Promise<Sample[]> => {
      const endedFromMs = nowMs - guard.windowMs;
      const rows = await store.query('rollout.samples', {
        hash,
        begunFromMs,
        endedFromMs,
        countMax: SAMPLES_MAX,
      });
      return rows.map((row) => ({
        status: String(row.status),
        amended: row.amended === 1,
        parked: row.parked === 1,
        durationMs: Math.max(
          0,
          (row.ended_ms === null ? nowMs : Number(row.ended_ms)) - Number(row.started_ms),
        ),
        ended: row.ended_ms !== null,
      }));
    };
    return judgeGuard(guard, await read(from, 0), await read(to, Date.parse(startedAt)));
  };

  const end = async (
    live: Live,
    outcome: Exclude<Rollout['state'], 'running'>,
    by: string,
    reason: string,
  ): Promise<Rollout> => {
    const { rolloutId, name, from, to } = live.rollout;
    const figures = await judge(live.rollout);
    const nowMs = clock.nowMs();
    const shown = { old: figures.old, new: figures.new };
    const choice = { name, hash: to, by, reason };
    const context = { site, component: 'orchestrator', nowMs, correlationId: rolloutId };
    const data = { rolloutId, name, from, to, outcome, by, reason, ...shown };
    const params = {
      rolloutId,
      state: outcome,
      nowMs,
      by,
      reason,
      old: JSON.stringify(shown.old),
      new: JSON.stringify(shown.new),
    };
    const ops: StoreOp[] = [
      { op: 'run', statement: 'rollout.end', params, changes: 1 },
      { op: 'run', statement: 'rollout.forgetEnded', params: { keepCount: KEPT_COUNT } },
      ...(outcome === 'promoted' ? versions.chooseOps(choice) : []),
      { op: 'append', event: createEvent(rolloutEnded, name, data, context) },
    ];
    try {
      await store.commit(ops, { reserve: true });
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
      throw notFound(name); // somebody else has ended it at the same moment
    }
    if (outcome === 'promoted') versions.take(choice);
    lives.delete(name);
    const ended: Rollout = {
      ...live.rollout,
      ...shown,
      state: outcome,
      endedAt: new Date(nowMs).toISOString(),
      endedBy: by,
      endReason: reason,
    };
    log.info({ rolloutId, name, outcome, by, reason }, 'a rollout has ended');
    tell(ended);
    return ended;
  };

  const tell = (rollout: Rollout) => {
    for (const listener of listeners) listener(rollout);
  };

  const liveOf = (name: string): Live => {
    const live = lives.get(name);
    if (live === undefined) throw notFound(name);
    return live;
  };

  const outdated = ({ name, from }: Rollout): string | null => {
    const hash = currentHash(definitions, name);
    if (hash === undefined) return 'there is no saga of this name any more';
    return hash === from ? null : 'the version that it was compared with is no longer current';
  };

  const begin = async (rollout: Rollout): Promise<Live> => {
    const target = { hash: rollout.to, definition: await definitions.byHash(rollout.to) };
    const live: Live = { rollout, target, halted: false };
    lives.set(rollout.name, live);
    lookIn(LOOK_MS);
    return live;
  };

  return {
    async open() {
      for (const row of await store.query('rollout.running')) {
        const rollout = rolloutOf(row);
        const live = await begin(rollout);
        const reason = (await definitions.lack(rollout.to)) ?? outdated(rollout);
        if (reason !== null) await end(live, 'aborted', 'holdfast', reason);
      }
      lookIn(0);
    },
    stop() {
      stopped = true;
      disarm();
    },
    versionFor(name, saga) {
      const live = lives.get(name);
      if (live === undefined || live.halted) return definitions.startable(name);
      const { rolloutId, take, key } = live.rollout;
      const value = ofInput({ $ref: key, $else: null }, saga, `rollout of ${name}`);
      return isOnNewSide(rolloutId, take, value) ? live.target : definitions.startable(name);
    },
    async start({ name, hash, key = 'saga.correlation', take, guard, reason }, by) {
      const to = await versions.fit(name, hash);
      const from = definitions.current(name).hash;
      if (from === to) throw new ApplianceError('ROLLOUT_SAME_VERSION', { name, hash: to.slice(0, 12) });
      refuseUnknownKey(key, await definitions.byHash(to));
      const nowMs = clock.nowMs();
      const rollout: Rollout = {
        rolloutId: uuidv7(nowMs),
        name,
        from,
        to,
        key,
        take,
        guard: guard ?? (Value.Create(Guard) as Guard),
        state: 'running',
        startedAt: new Date(nowMs).toISOString(),
        startedBy: by,
        reason,
        endedAt: null,
        endedBy: null,
        endReason: null,
        old: null,
        new: null,
      };
      try {
        await store.commit(beginOps(rollout, definitions.shipped(name), site, nowMs));
      } catch (cause) {
        if (!isApplianceError(cause, 'STORE_CONFLICT')) throw cause;
        const running = (await store.query('rollout.running')).find((row) => row.name === name);
        if (running === undefined) throw new ApplianceError('ROLLOUT_CURRENT_CHANGED', { name }, { cause });
        const rolloutId = String(running.rollout_id);
        throw new ApplianceError('ROLLOUT_UNDER_WAY', { name, rolloutId }, { cause });
      }
      await begin(rollout);
      tell(rollout);
      return rollout;
    },
    promote: async (name, by, reason) => end(liveOf(name), 'promoted', by, reason),
    abort: async (name, by, reason) => end(liveOf(name), 'aborted', by, reason),
    async list() {
      const rows = await store.query('rollout.list', { countMax: KEPT_COUNT });
      return Promise.all(
        rows.map(async (row) => {
          const rollout = rolloutOf(row);
          if (rollout.state !== 'running') return rollout;
          const { old, new: fresh } = await judge(rollout);
          return { ...rollout, old, new: fresh };
        }),
      );
    },
    isUnderWay: (name) => lives.get(name)?.rollout.rolloutId,
    committed({ decision: { state, records } }) {
      if (lives.size === 0) return;
      const isOver = hasEnded(state) || records.some(({ record }) => record === 'parked');
      if (isOver && [...lives.values()].some(({ rollout }) => rollout.to === state.hash)) lookIn(JUDGE_MS);
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** It begins only as long as the version that it is compared with is the current one: a choice may come between. */
function beginOps(rollout: Rollout, shipped: string | undefined, site: string, nowMs: number): StoreOp[] {
  const { rolloutId, name, from, to, key, take, guard, startedBy: by, reason } = rollout;
  const context = { site, component: 'orchestrator', nowMs, correlationId: rolloutId };
  const row = { rolloutId, name, from, to, key, by, reason, nowMs, shipped: shipped ?? null };
  return [
    {
      op: 'run',
      statement: 'rollout.begin',
      params: { ...row, take: JSON.stringify(take), guard: JSON.stringify(guard) },
      changes: 1,
    },
    {
      op: 'append',
      event: createEvent(rolloutStarted, name, { rolloutId, name, from, to, key, take, by, reason }, context),
    },
  ];
}

const notFound = (name: string) => new ApplianceError('ROLLOUT_NOT_FOUND', { what: 'rollout of', id: name });
