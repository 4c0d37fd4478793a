import { type AnyEvent, createEvent } from '#contracts/events/envelope.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlParams, SqlRow, StoreOp } from '#contracts/store.ts';
import type { Decision } from '../decide/decision.ts';
import type { RecordedEvent } from '../decide/events.ts';
import {
  applyJournal,
  hasEnded,
  type JournalEntry,
  type JournalOp,
  type SagaState,
  wakeAtMs,
} from '../decide/state.ts';

/** One decided transition with what is needed to write it down. */
export interface Transition {
  readonly event: RecordedEvent;
  /** Wall time: what records and events say. */
  readonly atMs: number;
  /** Steady time, by which it was decided. */
  readonly decidedMs: number;
  readonly seed: number;
  readonly decision: Decision;
  readonly name: string;
  readonly traceparent: string | null;
  readonly parentId: string | null;
  /** By what the saga is found; only the first transition says it. */
  readonly search: string | null;
}

/** Members of the state that live in the instance row; everything else is a column or a row of its own. */
type Compact = Pick<SagaState, 'positions' | 'groups' | 'unwindings' | 'cancel' | 'result'>;

/** All transitions of one commit. Events come last, so that their offsets come back in order. */
export function transitionOps(transitions: readonly Transition[], site: string): StoreOp[] {
  const ops: StoreOp[] = [];
  const events: StoreOp[] = [];
  for (const transition of transitions) {
    const { state } = transition.decision;
    if (state.seq === 1) {
      const params = { sagaId: state.sagaId, body: JSON.stringify(state.input) };
      ops.push({ op: 'run', statement: 'saga.saveInput', params }, insertOp(transition));
    } else {
      const statement = hasEnded(state) ? 'saga.finish' : 'saga.update';
      ops.push({ op: 'run', statement, params: rowOf(transition), changes: 1 });
    }
    ops.push({ op: 'run', statement: 'saga.history', params: historyRow(transition) });
    for (const event of eventsOf(transition, site)) events.push({ op: 'append', event });
  }
  return [...ops, ...events];
}

export const compact = ({ positions, groups, unwindings, cancel, result }: SagaState): string =>
  JSON.stringify({ positions, groups, unwindings, cancel, result } satisfies Compact);

/** Something was dispatched, asked or queued: after a crash somebody must find out what became of it. */
const isBusy = (state: SagaState): boolean =>
  state.positions.some(
    (position) =>
      position.at === 'child' ||
      (position.at === 'work' && ['running', 'asking', 'doubting', 'queued'].includes(position.phase.is)),
  );
/** What makes amends is taken up first: something stands where it should not. */
const urgency = (state: SagaState): 0 | 1 | 2 => (!isBusy(state) ? 0 : state.unwindings.length > 0 ? 2 : 1);

function insertOp(transition: Transition): StoreOp {
  const { hash, correlationId, startedMs } = transition.decision.state;
  const { name, traceparent, parentId, search } = transition;
  const owner = { correlationId, traceparent, parentId };
  const params = { ...rowOf(transition), hash, name, ...owner, startedMs, search };
  return { op: 'run', statement: 'saga.insert', params, changes: 1 };
}

const rowOf = ({ decision: { state }, atMs }: Transition): SqlParams => ({
  sagaId: state.sagaId,
  seq: state.seq,
  status: state.status,
  state: compact(state),
  busy: urgency(state),
  wakeMs: wakeAtMs(state),
  endedMs: hasEnded(state) ? atMs : null,
  amended: hasEnded(state) && state.journal.some(({ amends }) => amends === 'made') ? 1 : 0,
});

function historyRow({ decision, event, atMs, decidedMs, seed }: Transition): SqlParams {
  const { state } = decision;
  return {
    sagaId: state.sagaId,
    seq: state.seq,
    atMs,
    decidedMs: decidedMs === atMs ? null : decidedMs,
    random: seed,
    event: JSON.stringify(event),
    ...madeOf(decision, event),
  };
}

/** What came of an event, as it is written down: whoever decides it again can tell whether it is the same. */
export function madeOf({ journal, events }: Decision, event: RecordedEvent) {
  return {
    emitted: JSON.stringify(events.map((one) => [one.event.type, one.data])),
    journal: journal.length === 0 ? null : JSON.stringify(packJournal(journal, event)),
  };
}

/** The output of a step is in the event that brought it; the journal row does not repeat it. */
const FROM_EVENT = '=';
function packJournal(journal: readonly JournalOp[], event: RecordedEvent): readonly unknown[] {
  const brought = outputOf(event);
  if (brought === undefined) return journal;
  return journal.map((op) =>
    op.op === 'add' && op.entry.output === brought
      ? { op: FROM_EVENT, entry: { ...op.entry, output: 0 } }
      : op,
  );
}

type PackedOp = JournalOp | { readonly op: typeof FROM_EVENT; readonly entry: JournalEntry };
function unpackJournal(packed: readonly PackedOp[], event: RecordedEvent): JournalOp[] {
  return packed.map((op) =>
    op.op === FROM_EVENT ? { op: 'add', entry: { ...op.entry, output: outputOf(event) ?? null } } : op,
  );
}

function outputOf(event: RecordedEvent): Json | undefined {
  if (event.type === 'result' && event.result.outcome === 'succeeded') return event.result.output;
  if (event.type === 'answered' && event.answer.outcome === 'done') return event.answer.output;
  if (event.type === 'child-ended') return event.output;
  return event.type === 'signal' ? event.payload : undefined;
}

export function eventsOf({ decision, atMs, traceparent }: Transition, site: string): AnyEvent[] {
  const { correlationId } = decision.state;
  const context = {
    site,
    component: 'orchestrator',
    nowMs: atMs,
    correlationId,
    traceparent: traceparent ?? undefined,
  };
  // One key per order: its events stay in order everywhere.
  return decision.events.map(({ event, subject, data }) =>
    createEvent(event, subject, data, context, correlationId),
  );
}

/** A saga as it was when its last transition was committed. */
export function stateOf(row: SqlRow, journalRows: readonly SqlRow[]): SagaState {
  let journal: readonly JournalEntry[] = [];
  for (const { event, journal: packed } of journalRows) {
    const ops = JSON.parse(String(packed)) as PackedOp[];
    for (const op of unpackJournal(ops, JSON.parse(String(event)) as RecordedEvent)) {
      journal = applyJournal(journal, op);
    }
  }
  return {
    ...(JSON.parse(String(row.state)) as Compact),
    sagaId: String(row.saga_id),
    hash: String(row.hash),
    correlationId: String(row.correlation_id),
    input: JSON.parse(String(row.input)) as Json,
    startedMs: Number(row.started_ms),
    seq: Number(row.seq),
    status: row.status as SagaState['status'],
    journal,
  };
}
