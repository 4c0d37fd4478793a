import type { Random } from '#contracts/clock.ts';
import type { EventDefinition } from '#contracts/events/envelope.ts';
import { taskChanged } from '#contracts/events/task.ts';
import type { Compensation, Json, SagaDefinition, SagaNode, StepNode } from '#contracts/sagas.ts';
import { dig, evaluate, type Lookup } from '../definition/expression.ts';
import { taskIdOf } from './names.ts';
import {
  applyJournal,
  type Decision,
  type Intent,
  type JournalEntry,
  type JournalOp,
  type NewTask,
  type Outgoing,
  type Position,
  type SagaRecord,
  type SagaState,
  type SagaStatus,
  type Unwinding,
  type WorkPosition,
  type WorkRef,
} from './state.ts';

/**
 * The next state while it is being decided. Lives for one call of `decide` and collects what must be written,
 * done and told; what it was made from stays as it was.
 */
export class Draft {
  readonly definition: SagaDefinition;
  readonly before: SagaState;
  readonly nowMs: number;
  readonly random: Random;
  status: SagaStatus;
  positions: readonly Position[];
  unwinding: Unwinding | null;
  cancel: SagaState['cancel'];
  result: SagaState['result'] = null;
  journal: readonly JournalEntry[];
  readonly #journalOps: JournalOp[] = [];
  readonly #records: SagaRecord[] = [];
  readonly #intents: Intent[] = [];
  readonly #events: Outgoing[] = [];
  #tasks = 0;

  constructor(definition: SagaDefinition, before: SagaState, nowMs: number, random: Random) {
    this.definition = definition;
    this.before = before;
    this.nowMs = nowMs;
    this.random = random;
    this.status = before.status;
    this.positions = before.positions;
    this.unwinding = before.unwinding;
    this.cancel = before.cancel;
    this.journal = before.journal;
  }

  get sagaId(): string {
    return this.before.sagaId;
  }
  get seq(): number {
    return this.before.seq + 1;
  }

  node(id: string): SagaNode {
    const node = Object.hasOwn(this.definition.nodes, id) ? this.definition.nodes[id] : undefined;
    if (node === undefined) throw new Error(`definition ${this.definition.name} has no node ${id}`);
    return node;
  }

  /** What a piece of work is, in the definition. */
  work(ref: Pick<WorkRef, 'node' | 'role'>): StepNode | Compensation {
    const node = this.node(ref.node);
    if (node.kind !== 'step') throw new Error(`node ${ref.node} is no step`);
    if (ref.role === 'action') return node;
    if (node.compensation === undefined) throw new Error(`step ${ref.node} has no compensation`);
    return node.compensation;
  }

  evaluate(expression: Json, place: string): Json {
    return evaluate(expression, this.#lookup, `${this.definition.name}, ${place}`);
  }

  readonly #lookup: Lookup = (path) => {
    const [root, node, part] = path;
    if (root === 'input') return dig(this.before.input, path, 1);
    if (root === 'saga' && node === 'id') return this.sagaId;
    if (root === 'saga' && node === 'cancelled') return this.cancel !== null;
    if (root !== 'steps' || node === undefined) return undefined;
    const outcome = part === 'output' ? 'done' : 'failed';
    const entry = this.journal.findLast(
      (one) =>
        one.node === node && one.outcome === outcome && one.amends !== 'made' && one.amends !== 'skipped',
    );
    return entry === undefined ? undefined : dig(entry.output, path, 3);
  };

  nextVisit(node: string): number {
    return 1 + (this.journal.findLast((entry) => entry.node === node)?.visit ?? 0);
  }

  find(ref: WorkRef): WorkPosition | undefined {
    return this.positions.find(
      (position): position is WorkPosition =>
        position.at === 'work' &&
        position.node === ref.node &&
        position.visit === ref.visit &&
        position.role === ref.role &&
        position.attempt === ref.attempt,
    );
  }

  add(position: Position): void {
    this.positions = [...this.positions, position];
  }
  remove(position: Position): void {
    this.positions = this.positions.filter((one) => one !== position);
  }
  replace(position: Position, by: Position): void {
    this.positions = this.positions.map((one) => (one === position ? by : one));
  }

  write(op: JournalOp): void {
    this.journal = applyJournal(this.journal, op);
    this.#journalOps.push(op);
  }
  record(record: SagaRecord): void {
    this.#records.push(record);
  }
  intend(intent: Intent): void {
    this.#intents.push(intent);
  }
  emit(event: EventDefinition, data: unknown, subject: string = this.sagaId): void {
    this.#events.push({ event, subject, data });
  }

  /** Opens a task and says so; returns its id, the same however often this transition is decided. */
  openTask(task: Omit<NewTask, 'taskId'>): string {
    const taskId = `${taskIdOf(this.sagaId, this.seq)}${this.#tasks === 0 ? '' : `.${this.#tasks}`}`;
    this.#tasks += 1;
    this.record({ record: 'task-opened', task: { ...task, taskId } });
    const data = { taskId, sagaId: this.sagaId, kind: task.kind };
    this.emit(taskChanged, { ...data, state: 'created' }, taskId);
    this.emit(taskChanged, { ...data, state: 'offered' }, taskId);
    return taskId;
  }

  closeTask(
    taskId: string,
    kind: string,
    end: {
      state: 'completed' | 'expired' | 'cancelled';
      by?: string;
      decision?: string;
      note?: string | null;
    },
  ): void {
    const { state, by = null, decision = null, note = null } = end;
    this.record({ record: 'task-closed', taskId, state, by, decision, note });
    this.emit(
      taskChanged,
      {
        taskId,
        sagaId: this.sagaId,
        kind,
        state,
        ...(by === null ? {} : { by }),
        ...(decision === null ? {} : { decision }),
        ...(note === null ? {} : { note }),
      },
      taskId,
    );
  }

  finish(): Decision {
    const { before } = this;
    const unchanged =
      this.positions === before.positions &&
      this.status === before.status &&
      this.unwinding === before.unwinding &&
      this.cancel === before.cancel &&
      this.#journalOps.length + this.#records.length + this.#events.length === 0;
    return {
      state: unchanged
        ? before
        : {
            ...before,
            seq: this.seq,
            status: this.status,
            positions: this.positions,
            unwinding: this.unwinding,
            cancel: this.cancel,
            result: this.result,
            journal: this.journal,
          },
      journal: this.#journalOps,
      records: this.#records,
      intents: this.#intents,
      events: this.#events,
    };
  }
}
