import type { SagaDiagram } from '#contracts/diagram.ts';
import type { SagaStep, SagaView } from '#contracts/saga-api.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import { lastEntry, type SagaState } from '../decide/state.ts';
import { silent } from '../definition/check-references.ts';
import { canonicalJson } from '../definition/hash.ts';
import { diagramOf } from '../diagram/diagram.ts';
import { compact } from '../engine/codec.ts';
import { timelineOf } from '../orders/timeline.ts';
import { nodeViews } from './node-views.ts';
import { beginOf, type Passed, recordedOf, replay } from './replay.ts';
import { summaryOf } from './search.ts';
import { tellStep } from './tell.ts';
import { waysGone } from './ways-gone.ts';

/** Transitions read and decided again before others get their turn: a few milliseconds. */
const STRIDE_COUNT = 200;
/** Transitions told in words; older ones are asked for by an earlier position. */
const STEPS_MAX = 200;

export interface LookBack {
  /**
   * Decides a saga again from its first transition, in strides between which others get their turn. Each
   * transition is handed over once, with its row. Undefined without such a saga.
   */
  walk(
    sagaId: string,
    through: number,
    each: (passed: Passed, row: SqlRow) => void,
  ): Promise<Walked | undefined>;
  /** The state of a saga right after a transition, made anew from what was recorded; undefined without a saga. */
  sagaAt(sagaId: string, position?: number): Promise<Rebuilt | undefined>;
  /** The same for people and diagrams. */
  view(sagaId: string, position?: number): Promise<SagaView | undefined>;
  /** The picture of a definition that was ever here. Errors: SAGA_NOT_FOUND. */
  diagram(hash: string): Promise<SagaDiagram>;
}

export interface Walked {
  readonly definition: SagaDefinition;
  readonly begin: SagaState;
  readonly state: SagaState;
  readonly row: SqlRow;
  readonly newest: number;
}

export interface Rebuilt {
  readonly definition: SagaDefinition;
  readonly state: SagaState;
  /** The position that was reached. Less than the one asked for when there are fewer, or when they differ. */
  readonly at: number;
  readonly newest: number;
  /** False when what is rebuilt is not what was recorded; null for a past position that was reached. */
  readonly faithful: boolean | null;
  /** The last transitions before it. */
  readonly passed: readonly Passed[];
  readonly row: SqlRow;
  /** Rows of the same transitions. */
  readonly rows: readonly SqlRow[];
}

/** Time travel: any saga, ended or not, at any of its positions. Reads only. */
export function createLookBack(
  store: Store,
  definitionOf: (hash: string) => Promise<SagaDefinition>,
): LookBack {
  const walk: LookBack['walk'] = async (sagaId, position, each) => {
    const [row] = await store.query('history.saga', { sagaId });
    if (row === undefined) return undefined;
    const definition = await definitionOf(String(row.hash));
    const newest = Number(row.seq);
    const through = Math.max(1, Math.min(position, newest));
    const begin = beginOf(row);
    let state = begin;
    while (state.seq < through) {
      const params = { sagaId, after: state.seq, through, countMax: STRIDE_COUNT };
      const rows = await store.query('history.transitions', params);
      const wanted = state.seq + rows.length;
      let index = 0;
      for (const passed of replay(definition, state, rows.map(recordedOf))) {
        state = passed.decision.state;
        each(passed, rows[index] ?? {});
        index += 1;
      }
      // This program decides otherwise than the one that wrote it: as far as it got, and no further.
      if (state.seq < wanted || rows.length === 0) break;
    }
    return { definition, begin, state, row, newest };
  };

  const sagaAt = async (sagaId: string, position = Number.MAX_SAFE_INTEGER): Promise<Rebuilt | undefined> => {
    const passed: Passed[] = [];
    const rows: SqlRow[] = [];
    const walked = await walk(sagaId, position, (one, row) => {
      if (passed.push(one) > 2 * STEPS_MAX) passed.splice(0, STEPS_MAX);
      if (rows.push(row) > 2 * STEPS_MAX) rows.splice(0, STEPS_MAX);
    });
    if (walked === undefined) return undefined;
    const { definition, state, row, newest } = walked;
    // Where this release decides otherwise than the one that wrote it, the past is told up to there, and no further.
    const isCut = state.seq < Math.min(position, newest);
    const faithful = isCut || position >= newest ? isStored(state, row) : null;
    const last = { passed: passed.slice(-STEPS_MAX), rows: rows.slice(-STEPS_MAX) };
    return { definition, state, at: state.seq, newest, faithful, ...last, row };
  };

  return {
    walk,
    sagaAt,
    async view(sagaId, position) {
      const rebuilt = await sagaAt(sagaId, position);
      return rebuilt === undefined ? undefined : viewOf(rebuilt);
    },
    diagram: async (hash) => diagramOf(await definitionOf(hash)),
  };
}

function isStored(state: SagaState, row: SqlRow): boolean {
  const same = (text: string) => canonicalJson(JSON.parse(text) as Json);
  return (
    state.seq === Number(row.seq) &&
    state.status === row.status &&
    same(compact(state)) === same(String(row.state))
  );
}

function viewOf({ definition, state, at, newest, faithful, passed, row, rows }: Rebuilt): SagaView {
  const steps: SagaStep[] = passed.map((one) => tellStep(definition, one));
  const gone = waysGone(definition, state);
  const nodes = nodeViews(definition, state, gone);
  const outputs = nodes.flatMap(({ id, kind }) => {
    const entry = lastEntry(state, id);
    return entry === undefined || silent.has(kind) ? [] : [[id, entry.output] as const];
  });
  return {
    saga: summaryOf(row, definition),
    at,
    newest,
    status: state.status,
    faithful,
    input: state.input,
    output: state.result?.output ?? null,
    reason: state.result?.reason ?? null,
    nodes,
    edges: [...gone.edges],
    outputs: Object.fromEntries(outputs),
    steps,
    earlier: at - steps.length,
    timeline: timelineOf(definition, rows, tasksOf(passed)),
  };
}

/** Tasks that these transitions opened, as they were worded then. */
const tasksOf = (passed: readonly Passed[]): ReadonlyMap<string, { title: string; text: string }> =>
  new Map(
    passed.flatMap(({ decision }) =>
      decision.records.flatMap((record) =>
        record.record === 'task-opened' ? [[record.task.taskId, record.task] as const] : [],
      ),
    ),
  );
