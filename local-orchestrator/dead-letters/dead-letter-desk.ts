import type { Clock } from '#contracts/clock.ts';
import type {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterQuery,
  Redrive,
  RedriveDetail,
  RedriveMany,
  RedriveOne,
  RedrivePlanned,
} from '#contracts/dead-letters.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { deadLetterCalled } from '#contracts/events/dead-letter.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { Notice } from '#contracts/notify.ts';
import type { TaskRunbook } from '#contracts/runbooks.ts';
import type { DecisionButton, Json } from '#contracts/sagas.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { SagaEvent } from '../decide/events.ts';
import type { Change } from '../engine/engine.ts';
import type { Outcome } from '../engine/instances.ts';
import type { Runbooks } from '../runbooks/runbook-folder.ts';
import { taskRunbook } from '../runbooks/task-runbook.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';
import { filterParams, letterOf, redriveOf, textOf } from './letter.ts';
import { type Driving, letterOps } from './letter-ops.ts';
import { mergePatch } from './merge-patch.ts';
import { type Planned, planRedrive } from './redrive-plan.ts';
import { createRedriveRuns, type RedriveItem } from './redrive-runs.ts';

export interface DeadLetters {
  list(query: DeadLetterQuery): Promise<DeadLetter[]>;
  /** With its runbook. Errors: SAGA_DEAD_LETTER_NOT_FOUND. */
  get(taskId: string): Promise<DeadLetterDetail>;
  /** What to do about a task; null when it is not about a dead letter. */
  runbook(taskId: string): Promise<TaskRunbook | null>;
  /**
   * Calls somebody by a channel that its runbook names; durable when it resolves.
   *
   * Errors: SAGA_DEAD_LETTER_NOT_FOUND, SAGA_DEAD_LETTER_CLOSED, SAGA_DEAD_LETTER_CALL.
   */
  call(taskId: string, channel: string, by: string): Promise<void>;
  /**
   * Lets one go on from its failed step; on disk when it resolves.
   *
   * Errors: SAGA_DEAD_LETTER_NOT_FOUND, SAGA_DEAD_LETTER_CLOSED, SAGA_REDRIVE_INPUT, SAGA_TASK_TAKEN, SAGA_NOT_WRITTEN.
   */
  redrive(taskId: string, by: string, order: RedriveOne): Promise<DeadLetter>;
  /** What a re-drive of many would do. Errors: SAGA_REDRIVE_ALL without a filter, unless all are meant. */
  plan(order: RedriveMany): Promise<RedrivePlanned[]>;
  /** Begins one; it is on disk when it resolves, and goes on after a restart. Errors: SAGA_REDRIVES_FULL; as `plan`. */
  redriveMany(by: string, order: RedriveMany): Promise<RedriveDetail>;
  /** Newest first. */
  redrives(): Promise<Redrive[]>;
  /** Errors: SAGA_REDRIVE_NOT_FOUND. */
  redriveDetail(redriveId: string): Promise<RedriveDetail>;
  /** What has not been done yet is left. Errors: SAGA_REDRIVE_NOT_FOUND. */
  stopRedrive(redriveId: string): Promise<RedriveDetail>;
}

export interface DeadLetterDesk extends DeadLetters {
  /** After the engine has recovered. */
  start(): void;
  /** Rows about a transition, for its transaction. */
  project(change: Change): StoreOp[];
  stop(): Promise<void>;
}

const REDRIVES_SHOWN_MAX = 100;
const NOT_WRITTEN = 'it could not be written down; the log names the cause';

/** Work that could not go on by itself: what it was, and how it goes on. */
export function createDeadLetterDesk(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  runbooks: Runbooks;
  deviceOf: (capability: string) => string | undefined;
  notices: TaskAbilities['notices'];
  offer: (sagaId: string, event: SagaEvent) => Promise<Outcome>;
}): DeadLetterDesk {
  const { store } = parts;
  const driving = new Map<string, Driving>();
  const runs = createRedriveRuns({
    ...parts,
    drive: (planned, by, reason, item) => drive(planned, by, reason, item),
  });

  const rowOf = async (taskId: string): Promise<SqlRow> => {
    const [row] = await store.query('dead-letter.one', { taskId });
    if (row === undefined) throw new ApplianceError('SAGA_DEAD_LETTER_NOT_FOUND', { taskId });
    return row;
  };

  /** Null when it goes on, otherwise why it does not. */
  const drive = async (
    planned: Planned,
    by: string,
    reason: string,
    item: RedriveItem | null,
  ): Promise<string | null> => {
    const { taskId, sagaId, does, after, isEdited } = planned;
    if (driving.has(taskId)) return 'somebody else lets it go on just now';
    const event: SagaEvent = {
      type: 'task-decided',
      taskId,
      decision: does,
      by,
      note: reason,
      ...(isEdited ? { input: after } : {}),
    };
    driving.set(taskId, { event, planned, by, reason, item });
    try {
      const outcome = await parts.offer(sagaId, event);
      if (outcome === 'changed') return null;
      if (outcome === 'failed') return NOT_WRITTEN;
      return outcome === 'conflict' ? 'its task is with somebody else' : 'it goes on already';
    } finally {
      driving.delete(taskId);
    }
  };

  const planMany = async ({ filter, all, countMax, patch }: RedriveMany): Promise<Planned[]> => {
    if (all !== true && Object.keys(filter).length === 0) throw new ApplianceError('SAGA_REDRIVE_ALL');
    const rows = await store.query('dead-letter.open', {
      ...filterParams(filter),
      afterMs: -1,
      afterId: '',
      countMax,
    });
    return rows.map((row) =>
      planRedrive(row, (before) => (patch === undefined ? before : mergePatch(before, patch as Json))),
    );
  };

  const redriveDetail = async (redriveId: string): Promise<RedriveDetail> => {
    const [row] = await store.query('dead-letter.redrives', { redriveId, countMax: 1 });
    if (row === undefined) throw new ApplianceError('SAGA_REDRIVE_NOT_FOUND', { redriveId });
    const letters = (await store.query('dead-letter.items', { redriveId })).map((item) => ({
      taskId: String(item.task_id),
      state: item.state as RedriveDetail['letters'][number]['state'],
      detail: textOf(item.detail),
    }));
    return { ...redriveOf(row), letters };
  };

  const get = async (taskId: string): Promise<DeadLetterDetail> => {
    const letter = letterOf(await rowOf(taskId));
    const [task] = await store.query('task.one', { taskId });
    const decisions = JSON.parse(String(task?.decisions ?? '[]')) as DecisionButton[];
    const { deviceOf, runbooks } = parts;
    return { ...letter, runbook: taskRunbook(runbooks[letter.cause], { letter, decisions, deviceOf }) };
  };

  return {
    start: runs.start,
    stop: runs.stop,
    async list({ state, limit, after, ...filter }) {
      const last = after === undefined ? undefined : await rowOf(after);
      const beyond = state === 'open' ? -1 : Number.MAX_SAFE_INTEGER;
      const params = {
        ...filterParams(filter),
        afterMs: last === undefined ? beyond : Number(last.opened_ms),
        afterId: after ?? '',
        countMax: limit,
      };
      return (await store.query(state === 'open' ? 'dead-letter.open' : 'dead-letter.closed', params)).map(
        letterOf,
      );
    },
    get,
    async runbook(taskId) {
      const [row] = await store.query('dead-letter.one', { taskId });
      return row === undefined ? null : (await get(taskId)).runbook;
    },
    async call(taskId, channel, by) {
      const row = await rowOf(taskId);
      if (row.closed_ms !== null) throw closed(row);
      const letter = letterOf(row);
      const channels = parts.runbooks[letter.cause].actions.flatMap((one) =>
        typeof one === 'object' ? [one.call] : [],
      );
      if (!channels.includes(channel)) {
        const known = channels.join(', ') || 'none';
        throw new ApplianceError('SAGA_DEAD_LETTER_CALL', { taskId, channel, channels: known });
      }
      const nowMs = parts.clock.nowMs();
      const notice: Notice = {
        noticeId: uuidv7(nowMs),
        at: new Date(nowMs).toISOString(),
        reason: 'called',
        title: letter.title,
        text: `${by} asks for help: ${letter.reason}`,
        taskId,
        role: null,
        user: null,
      };
      const { correlationId } = letter;
      const context = { site: parts.site, component: 'orchestrator', nowMs, correlationId };
      const event = createEvent(deadLetterCalled, taskId, { taskId, channel, by }, context, correlationId);
      await store.commit([...parts.notices.ops([channel], notice), { op: 'append', event }], {
        reserve: true,
      });
      parts.notices.wake();
    },
    async redrive(taskId, by, { reason, input }) {
      const row = await rowOf(taskId);
      if (row.closed_ms !== null) throw closed(row);
      const planned = planRedrive(row, (before) => (input === undefined ? before : (input as Json)));
      const { problem, cure } = planned;
      if (problem !== null) throw new ApplianceError('SAGA_REDRIVE_INPUT', { taskId, problem, cure });
      const refusal = await drive(planned, by, reason, null);
      const now = await rowOf(taskId);
      if (refusal === null) return letterOf(now);
      if (now.closed_ms !== null) throw closed(now);
      if (refusal === NOT_WRITTEN) throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId: planned.sagaId });
      throw new ApplianceError('SAGA_TASK_TAKEN', { taskId, by: await holderOf(taskId) });
    },
    plan: async (order) =>
      (await planMany(order)).map(({ isEdited: _isEdited, cure, ...shown }) => ({
        ...shown,
        problem: shown.problem === null ? null : `${shown.problem}. ${cure}`,
      })),
    async redriveMany(by, order) {
      const planned = await planMany(order);
      const { reason, filter, patch } = order;
      return redriveDetail(
        await runs.begin({ by, reason, filter, patch: patch as Json | undefined, planned }),
      );
    },
    async redrives() {
      const rows = await store.query('dead-letter.redrives', {
        redriveId: null,
        countMax: REDRIVES_SHOWN_MAX,
      });
      return rows.map(redriveOf);
    },
    redriveDetail,
    async stopRedrive(redriveId) {
      await runs.end(redriveId);
      return redriveDetail(redriveId);
    },
    project: (change) => letterOps(change, (taskId) => driving.get(taskId), parts.site),
  };

  async function holderOf(taskId: string): Promise<string> {
    const [task] = await store.query('task.one', { taskId });
    return textOf(task?.claimed_by) ?? textOf(task?.assignee) ?? 'somebody else';
  }
}

const closed = (row: SqlRow) =>
  new ApplianceError('SAGA_DEAD_LETTER_CLOSED', {
    taskId: row.task_id,
    decision: textOf(row.decision) ?? 'it was no longer needed',
  });
