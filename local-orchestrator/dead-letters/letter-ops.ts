import { deadLetterRedriven } from '#contracts/events/dead-letter.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import type { StoreOp } from '#contracts/store.ts';
import type { SagaEvent } from '../decide/events.ts';
import type { Change } from '../engine/engine.ts';
import type { Planned } from './redrive-plan.ts';
import type { RedriveItem } from './redrive-runs.ts';
import { stuckWork } from './stuck-work.ts';

/** A re-drive on its way to its saga; its transition finds here who asked for it, and why. */
export interface Driving {
  /** The very event: somebody else may decide the same task at the same moment, and be first. */
  readonly event: SagaEvent;
  readonly planned: Planned;
  readonly by: string;
  readonly reason: string;
  readonly item: RedriveItem | null;
}

/** Rows about a transition: letters it opens and closes, and the item of a re-drive that it settles. */
export function letterOps(
  change: Change,
  drivingOf: (taskId: string) => Driving | undefined,
  site: string,
): StoreOp[] {
  return change.decision.records.flatMap((record) => {
    if (record.record === 'parked') return [openOp(change, record)];
    if (record.record === 'resumed') return resumedOps(change, record, drivingOf(record.taskId), site);
    // Not by a person: its saga has ended, or goes on without it.
    return record.record === 'task-closed' && record.by === null ? [closeOp(change, record.taskId)] : [];
  });
}

type RecordOf<K> = Extract<Change['decision']['records'][number], { record: K }>;

function openOp({ instance, decision, atMs }: Change, record: RecordOf<'parked'>): StoreOp {
  const { state } = decision;
  const { work, taskId, cause, reason } = record;
  const { title, activity, input, device } = stuckWork(instance.definition, state, work);
  const params = {
    taskId,
    sagaId: state.sagaId,
    correlationId: state.correlationId,
    definition: instance.definition.name,
    node: work.node,
    title,
    visit: work.visit,
    role: work.role,
    cause,
    reason,
    activity: activity === null ? '' : `${activity.name}@${activity.version}`,
    via: activity?.via ?? 'local',
    device,
    attempts: work.attempt,
    input: JSON.stringify(input),
    nowMs: atMs,
  };
  return { op: 'run', statement: 'dead-letter.open', params, changes: 1 };
}

function resumedOps(
  change: Change,
  record: RecordOf<'resumed'>,
  driving: Driving | undefined,
  site: string,
): StoreOp[] {
  const { instance, decision, event, atMs } = change;
  const how = driving?.event === event ? driving : undefined;
  const { taskId, by, decision: pressed, input } = record;
  const note = event.type === 'task-decided' ? event.note : null;
  const ops: StoreOp[] = [
    closeOp(change, taskId, {
      by,
      decision: pressed,
      note,
      inputAfter: input === undefined ? null : JSON.stringify(input),
      redriveId: how?.item?.redriveId ?? null,
    }),
  ];
  if (how === undefined) return ops;
  const { planned, reason, item } = how;
  const { sagaId, correlationId } = decision.state;
  const context = { site, component: 'orchestrator', nowMs: atMs, correlationId };
  const data = {
    taskId,
    sagaId,
    definition: instance.definition.name,
    step: planned.step,
    cause: planned.cause,
    decision: pressed,
    by,
    reason,
    before: planned.before,
    after: planned.after,
    ...(item === null ? {} : { redriveId: item.redriveId }),
  };
  ops.push({ op: 'append', event: createEvent(deadLetterRedriven, taskId, data, context, correlationId) });
  if (item !== null) {
    const params = { ...item, state: 'done', detail: null };
    ops.push({ op: 'run', statement: 'dead-letter.settle', params });
  }
  return ops;
}

const closeOp = (
  { atMs }: Change,
  taskId: string,
  how: {
    by: string;
    decision: string;
    note: string | null;
    inputAfter: string | null;
    redriveId: string | null;
  } | null = null,
): StoreOp => ({
  op: 'run',
  statement: 'dead-letter.close',
  params: {
    taskId,
    nowMs: atMs,
    by: how?.by ?? null,
    decision: how?.decision ?? null,
    note: how?.note ?? null,
    inputAfter: how?.inputAfter ?? null,
    redriveId: how?.redriveId ?? null,
  },
});
