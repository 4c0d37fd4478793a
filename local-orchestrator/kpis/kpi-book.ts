import type { StoreOp } from '#contracts/store.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import { silent } from '../definition/check-references.ts';
import type { Change } from '../engine/engine.ts';
import type { Figure } from './figures.ts';
import { tally } from './tally.ts';
import type { Windows } from './windows.ts';

export interface KpiBook {
  /** Rows of transitions that are written together: one act, however many of them add to however many figures. */
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
      const sums = new Map<string, Sum>();
      const more: StoreOp[] = [];
      for (const change of changes) {
        const saga = change.instance.definition.name;
        const hourMs = hourOf(change.atMs);
        tally(change, (figure, by) => {
          const key = `${hourMs} ${saga} ${figure}`;
          const sum = sums.get(key);
          if (sum === undefined) sums.set(key, [hourMs, saga, figure, by]);
          else sum[3] += by;
        });
        more.push(...personOps(change, { hourMs, saga, nowMs: change.atMs }));
      }
      return [...addOps([...sums.values()]), ...more];
    },
    repeated: (saga) => void repeats.set(saga, (repeats.get(saga) ?? 0) + 1),
    repeats(nowMs) {
      const taken = repeats;
      repeats = new Map();
      const hourMs = hourOf(nowMs);
      return addOps(
        [...taken].flatMap(([saga, value]): Sum[] => [
          [hourMs, saga, 'deliveries', value],
          [hourMs, saga, 'duplicates', value],
        ]),
      );
    },
    close(throughMs) {
      floorMs = Math.max(floorMs, throughMs);
    },
  };
}

type Sum = [hourMs: number, saga: string, figure: Figure, value: number];

const addOps = (sums: readonly Sum[]): StoreOp[] =>
  sums.length === 0 ? [] : [{ op: 'run', statement: 'kpi.add', params: { sums: JSON.stringify(sums) } }];

/** Times that only rows of others know. Rare: somebody decided, or work ended that may have been parked. */
function personOps(
  { instance, event, decision }: Change,
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
    if (silent.has(instance.definition.nodes[node]?.kind ?? '')) continue; // such a node is never parked
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
