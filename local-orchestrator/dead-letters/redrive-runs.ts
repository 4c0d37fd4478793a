import type { Clock } from '#contracts/clock.ts';
import type { Redrive } from '#contracts/dead-letters.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { deadLettersRedrive } from '#contracts/events/dead-letter.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import { mergePatch } from './merge-patch.ts';
import { type Planned, planRedrive } from './redrive-plan.ts';

/** What lets one letter go on; resolves with words when it was left as it is. */
export type Drive = (
  planned: Planned,
  by: string,
  reason: string,
  item: RedriveItem,
) => Promise<string | null>;
/** Its row is settled in the transaction that lets the letter go on. */
export interface RedriveItem {
  readonly redriveId: string;
  readonly place: number;
}

export interface RedriveRuns {
  /** Goes on with those that a restart cut short. */
  start(): void;
  /** Written down when it resolves. Errors: SAGA_REDRIVES_FULL. */
  begin(order: RedriveOrder): Promise<string>;
  /** What has not been done yet is left. Errors: SAGA_REDRIVE_NOT_FOUND. */
  end(redriveId: string): Promise<void>;
  stop(): Promise<void>;
}
export interface RedriveOrder {
  readonly by: string;
  readonly reason: string;
  readonly filter: object;
  readonly patch: Json | undefined;
  readonly planned: readonly Planned[];
}

const RUNNING_MAX = 10;
/** Letters that go on at once: what broke them may break again under all of them. */
const AT_ONCE = 16;
const RETRY_MS = 1_000;

/** Re-drives of many letters, one after the other. How far each has got is in its rows, so a restart goes on with it. */
export function createRedriveRuns(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  drive: Drive;
}): RedriveRuns {
  const { store, clock, log } = parts;
  let stopped = false;
  let disarm = () => {};
  let working: Promise<void> | null = null;
  /** One was begun during the last look at the table, which may have been too early for it. */
  let again = false;

  const eventOp = (
    redriveId: string,
    state: Redrive['state'],
    by: string,
    reason: string,
    total: number,
  ): StoreOp => {
    const context = {
      site: parts.site,
      component: 'orchestrator',
      nowMs: clock.nowMs(),
      correlationId: redriveId,
    };
    const data = { redriveId, state, by, reason, total };
    return { op: 'append', event: createEvent(deadLettersRedrive, redriveId, data, context) };
  };

  const work = () => {
    again = true;
    if (!stopped && working === null) working = workAll();
  };

  const workAll = async (): Promise<void> => {
    try {
      while (again && !stopped) {
        again = false;
        again = (await workSome()) || again;
      }
    } catch (error) {
      if (stopped) return;
      log.warn({ err: error }, 'a re-drive could not go on; will try again');
      disarm = clock.after(RETRY_MS, work);
    } finally {
      // Together with the last look at `again`: whoever comes after it finds nobody at work.
      working = null;
    }
  };

  /** False when no re-drive is under way. */
  const workSome = async (): Promise<boolean> => {
    const [run] = await store.query('dead-letter.running', { countMax: 1 });
    if (run === undefined || stopped) return false;
    const redriveId = String(run.redrive_id);
    const rows = await store.query('dead-letter.pending', { redriveId, countMax: AT_ONCE });
    if (rows.length > 0) await Promise.all(rows.map((row) => workOne(run, row)));
    else await close(redriveId, 'done');
    return true;
  };

  const workOne = async (run: SqlRow, { place, task_id: taskId }: SqlRow): Promise<void> => {
    const item = { redriveId: String(run.redrive_id), place: Number(place) };
    const patch = run.patch == null ? undefined : (JSON.parse(String(run.patch)) as Json);
    const [letter] = await store.query('dead-letter.one', { taskId: String(taskId) });
    const detail =
      letter === undefined || letter.closed_ms !== null
        ? 'it goes on already'
        : await driveOne(letter, patch, run, item);
    // An engine that stops takes nothing; the next start goes on with it.
    if (detail === null || stopped) return;
    const params = { ...item, state: 'left', detail };
    await store.commit([{ op: 'run', statement: 'dead-letter.settle', params }], { reserve: true });
  };

  const driveOne = (letter: SqlRow, patch: Json | undefined, run: SqlRow, item: RedriveItem) => {
    const planned = planRedrive(letter, (before) =>
      patch === undefined ? before : mergePatch(before, patch),
    );
    if (planned.problem !== null) return Promise.resolve(`${planned.problem}. ${planned.cure}`);
    return parts.drive(planned, String(run.by), String(run.reason), item);
  };

  const close = async (redriveId: string, state: 'done' | 'stopped'): Promise<void> => {
    const [run] = await store.query('dead-letter.redrives', { redriveId, countMax: 1 });
    if (run === undefined) throw new ApplianceError('SAGA_REDRIVE_NOT_FOUND', { redriveId });
    if (run.state !== 'running') return;
    const detail = 'the re-drive was stopped';
    await store.commit(
      [
        { op: 'run', statement: 'dead-letter.leaveRest', params: { redriveId, detail } },
        { op: 'run', statement: 'dead-letter.end', params: { redriveId, state, nowMs: clock.nowMs() } },
        eventOp(redriveId, state, String(run.by), String(run.reason), Number(run.total)),
      ],
      { reserve: true },
    );
  };

  return {
    start: work,
    async begin({ by, reason, filter, patch, planned }) {
      const running = await store.query('dead-letter.running', { countMax: RUNNING_MAX });
      if (running.length >= RUNNING_MAX)
        throw new ApplianceError('SAGA_REDRIVES_FULL', { countMax: RUNNING_MAX });
      const nowMs = clock.nowMs();
      const redriveId = uuidv7(nowMs);
      const begun = { redriveId, by, reason, filter: JSON.stringify(filter), nowMs };
      const items = planned.map(({ taskId, problem, cure }, place): StoreOp => {
        const state = problem === null ? 'pending' : 'left';
        const detail = problem === null ? null : `${problem}. ${cure}`;
        return {
          op: 'run',
          statement: 'dead-letter.item',
          params: { redriveId, place, taskId, state, detail },
        };
      });
      await store.commit([
        {
          op: 'run',
          statement: 'dead-letter.begin',
          params: { ...begun, patch: patch === undefined ? null : JSON.stringify(patch) },
        },
        ...items,
        eventOp(redriveId, 'running', by, reason, planned.length),
      ]);
      work();
      return redriveId;
    },
    end: (redriveId) => close(redriveId, 'stopped'),
    async stop() {
      stopped = true;
      disarm();
      await working;
    },
  };
}
