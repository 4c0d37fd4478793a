import type { StoreOp } from '#contracts/store.ts';
import type { WorkRef } from '../decide/state.ts';
import type { Change } from '../engine/engine.ts';
import { tally } from './tally.ts';
import type { Windows } from './windows.ts';

export interface KpiBook {
  /** Rows of transitions that are written together: one for each figure, however many of them add to it. */
  ops(changes: readonly Change[]): StoreOp[];
  /** Something came that had come before and changed nothing. */
  repeated(saga: string): void;
  /** What was said by `repeated` since the last call. */
  repeats(nowMs: number): StoreOp[];
  /** From now on nothing is added to hours before this one. */
  close(throughMs: number): void;
}

/** Turns transitions into rows. An hour that is being closed takes nothing more: what comes late is in the next. */
export function createKpiBook(windows: Windows, closedThroughMs: number): KpiBook {
  let floorMs = closedThroughMs;
  let repeats = new Map<string, number>();
  const hourOf = (atMs: number) => Math.max(floorMs, windows.hourOf(atMs));

  return {
    ops(changes) {
      const sums = new Map<string, { hourMs: number; saga: string; figure: string; value: number }>();
      const add = (hourMs: number, saga: string, figure: string, by: number) => {
        const key = `${hourMs} ${saga} ${figure}`;
        const sum = sums.get(key);
        if (sum === undefined) sums.set(key, { hourMs, saga, figure, value: by });
        else sum.value += by;
      };
      const more: StoreOp[] = [];
      for (const change of changes) {
        const saga = change.instance.definition.name;
        const hourMs = hourOf(change.atMs);
        tally(change, (figure, by) => add(hourMs, saga, figure, by));
        more.push(...personOps(change, { hourMs, saga, nowMs: change.atMs }));
      }
      return [...[...sums.values()].map(addOp), ...more];
    },
    repeated: (saga) => void repeats.set(saga, (repeats.get(saga) ?? 0) + 1),
    repeats(nowMs) {
      const taken = repeats;
      repeats = new Map();
      const hourMs = hourOf(nowMs);
      return [...taken].flatMap(([saga, value]) =>
        ['deliveries', 'duplicates'].map((figure) => addOp({ hourMs, saga, figure, value })),
      );
    },
    close(throughMs) {
      floorMs = Math.max(floorMs, throughMs);
    },
  };
}

const addOp = (params: { hourMs: number; saga: string; figure: string; value: number }): StoreOp => ({
  op: 'run',
  statement: 'kpi.add',
  params,
});

/** Times that only rows of others know. Rare: somebody decided, or work ended that may have been parked. */
function personOps(
  { event, decision }: Change,
  at: { hourMs: number; saga: string; nowMs: number },
): StoreOp[] {
  const ops: StoreOp[] = [];
  for (const record of decision.records) {
    if (record.record !== 'task-closed' || record.by === null) continue;
    ops.push({ op: 'run', statement: 'kpi.addManual', params: { ...at, taskId: record.taskId } });
  }
  const mayRecover =
    event.type === 'task-decided' ||
    event.type === 'answered' ||
    (event.type === 'result' && event.work.attempt > 1);
  if (!mayRecover) return ops;
  for (const { node, visit, role } of decision.journal.flatMap(endedWell)) {
    const params = { ...at, sagaId: decision.state.sagaId, node, visit, role };
    ops.push({ op: 'run', statement: 'kpi.addRecovery', params });
  }
  return ops;
}

function endedWell(op: Change['decision']['journal'][number]): Omit<WorkRef, 'attempt'>[] {
  if (op.op === 'add') {
    const { node, visit, outcome } = op.entry;
    return outcome === 'done' ? [{ node, visit, role: 'action' }] : [];
  }
  return op.amends === 'made' ? [{ node: op.node, visit: op.visit, role: 'compensation' }] : [];
}
