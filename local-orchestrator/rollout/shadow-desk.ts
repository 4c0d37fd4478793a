import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { shadowStarted, shadowStopped } from '#contracts/events/rollout.ts';
import { sagaEnded } from '#contracts/events/saga.ts';
import { type Offset, uuidv7 } from '#contracts/ids.ts';
import type { Shadow, ShadowReport, ShadowRequest } from '#contracts/rollout.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { Shadowed } from './play-shadow.ts';
import type { Ended, ShadowDesk } from './shadows.ts';

const CONSUMER = 'shadow';
const BATCH_COUNT_MAX = 20;
/** Shadows that have ended are kept with their reports, so many of them. */
const SHADOWS_KEPT = 32;
/** Shadows at the same time. */
const SHADOWS_MAX = 8;
/** Reports of differences that are kept of each shadow. Where it did the same is only counted. */
const REPORTS_KEPT = 1_000;

/** The rows of shadows: the only thing that a shadow writes, and all that it can reach of the store. */
export function createShadowDesk(parts: { store: Store; clock: Clock; site: string }): ShadowDesk {
  const { store, clock, site } = parts;

  const eventOf = (event: typeof shadowStarted, shadow: Shadow, by: string, reason: string) => {
    const { shadowId, name, hash } = shadow;
    const context = { site, component: 'orchestrator', nowMs: clock.nowMs(), correlationId: shadowId };
    return createEvent(event, name, { shadowId, name, hash, by, reason }, context);
  };

  return {
    running: async () => (await store.query('rollout.shadowsRunning')).map(shadowOf),
    list: async () => (await store.query('rollout.shadows', { countMax: SHADOWS_KEPT })).map(shadowOf),
    async begin({ name, hash, reason }: ShadowRequest, by, runningCount) {
      if (runningCount >= SHADOWS_MAX) {
        throw new ApplianceError('ROLLOUT_TOO_MANY', { count: runningCount, what: 'shadows' });
      }
      const nowMs = clock.nowMs();
      const shadow: Shadow = {
        shadowId: uuidv7(nowMs),
        name,
        hash,
        state: 'running',
        startedAt: new Date(nowMs).toISOString(),
        startedBy: by,
        reason,
        endedAt: null,
        same: 0,
        different: 0,
      };
      const params = { shadowId: shadow.shadowId, name, hash, by, reason, nowMs };
      const ops: StoreOp[] = [
        { op: 'run', statement: 'rollout.shadowBegin', params, changes: 1 },
        { op: 'run', statement: 'rollout.forgetShadows', params: { keepCount: SHADOWS_KEPT } },
        { op: 'run', statement: 'rollout.forgetTheirReports', params: {} },
        { op: 'append', event: eventOf(shadowStarted, shadow, by, reason) },
      ];
      // What has ended before the first shadow is nobody's business.
      if (runningCount === 0) ops.push({ op: 'mark', consumer: CONSUMER, offset: await store.head() });
      try {
        await store.commit(ops);
      } catch (error) {
        if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
        throw new ApplianceError('ROLLOUT_UNDER_WAY', { name, rolloutId: 'as a shadow' }, { cause: error });
      }
      return shadow;
    },
    async end(shadow, by, reason) {
      const nowMs = clock.nowMs();
      const params = { shadowId: shadow.shadowId, nowMs };
      await store.commit([
        { op: 'run', statement: 'rollout.shadowEnd', params, changes: 1 },
        { op: 'append', event: eventOf(shadowStopped, shadow, by, reason) },
      ]);
      return { ...shadow, state: 'stopped', endedAt: new Date(nowMs).toISOString() };
    },
    follow: (handle) =>
      store.follow(
        { consumer: CONSUMER, types: [sagaEnded.type], batchCountMax: BATCH_COUNT_MAX },
        async (records) => {
          const last = records.at(-1);
          if (last === undefined) return;
          const ended = records.map(({ event }) => event.data as Ended);
          await handle(ended, last.offset);
        },
      ),
    async keep(made, through: Offset) {
      const nowMs = clock.nowMs();
      const ops = made.flatMap(({ shadowId, sagaId, realHash, shadowed }): StoreOp[] => {
        const same = shadowed.verdict === 'same' ? 1 : 0;
        const count: StoreOp = {
          op: 'run',
          statement: 'rollout.shadowCount',
          params: { shadowId, same, different: 1 - same },
        };
        if (same === 1) return [count];
        const body = JSON.stringify({ realHash, ...shadowed });
        const params = { shadowId, sagaId, nowMs, verdict: shadowed.verdict, body };
        return [
          count,
          { op: 'run', statement: 'rollout.report', params },
          { op: 'run', statement: 'rollout.forgetReports', params: { shadowId, keepCount: REPORTS_KEPT } },
        ];
      });
      // With the mark in one transaction: read twice from the log, counted once.
      await store.commit([...ops, { op: 'mark', consumer: CONSUMER, offset: through }]);
    },
    async reports(shadowId, countMax) {
      const params = { shadowId, before: Number.MAX_SAFE_INTEGER, verdict: null, countMax };
      return (await store.query('rollout.reports', params)).map(reportOf);
    },
  };
}

const shadowOf = (row: SqlRow): Shadow => ({
  shadowId: String(row.shadow_id),
  name: String(row.name),
  hash: String(row.hash),
  state: row.state === 'running' ? 'running' : 'stopped',
  startedAt: new Date(Number(row.started_ms)).toISOString(),
  startedBy: String(row.started_by),
  reason: String(row.reason),
  endedAt: row.ended_ms === null ? null : new Date(Number(row.ended_ms)).toISOString(),
  same: Number(row.same),
  different: Number(row.different),
});

const reportOf = (row: SqlRow): ShadowReport => ({
  sagaId: String(row.saga_id),
  at: new Date(Number(row.at_ms)).toISOString(),
  ...(JSON.parse(String(row.body)) as Shadowed & { realHash: string }),
});
