import type { Random } from '#contracts/clock.ts';
import type { EventDefinition } from '#contracts/events/envelope.ts';
import { taskChanged } from '#contracts/events/task.ts';
import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { evaluate } from '../definition/expression.ts';
import type { Decision, Intent, NewTask, Outgoing, SagaRecord } from './decision.ts';
import { isWithin, placeOf, ROOT } from './lanes.ts';
import { lookupIn } from './lookup.ts';
import type { At } from './move.ts';
import { taskIdOf } from './names.ts';
import {
  applyJournal,
  type Group,
  type JournalEntry,
  type JournalOp,
  type Lane,
  type Position,
  type SagaState,
  type SagaStatus,
  type Unwinding,
  type WorkPosition,
} from './state.ts';
import { isSame, type WorkRef } from './work-ref.ts';

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
  groups: readonly Group[];
  unwindings: readonly Unwinding[];
  cancel: SagaState['cancel'];
  result: SagaState['result'] = null;
  journal: readonly JournalEntry[];
  /** Last visits of the nodes that were asked for: a group of a thousand asks a thousand times. */
  readonly #visits = new Map<string, number>();
  #ownJournal: JournalEntry[] = [];
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
    this.groups = before.groups;
    this.unwindings = before.unwindings;
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

  evaluate(expression: Json, place: string, lane: Lane): Json {
    return evaluate(expression, lookupIn(this, lane), `${this.definition.name}, ${place}`);
  }

  /** The next number of a node, unique in all lanes: names that the world remembers are made of it. */
  nextVisit(node: string): number {
    const known = this.#visits.get(node);
    if (known !== undefined) return known + 1;
    let last = 0;
    for (const one of this.journal) if (one.node === node && one.visit > last) last = one.visit;
    for (const one of this.positions) if (one.node === node && one.visit > last) last = one.visit;
    this.#visits.set(node, last);
    return last + 1;
  }
  #visited({ node, visit }: Pick<At, 'node' | 'visit'>): void {
    const known = this.#visits.get(node);
    if (known !== undefined && visit > known) this.#visits.set(node, visit);
  }

  /** Number of the next entry of the journal. */
  get nextSeq(): number {
    return this.journal.length + 1;
  }

  group({ node, visit }: Pick<At, 'node' | 'visit'>): Group | undefined {
    return this.groups.find((group) => group.node === node && group.visit === visit);
  }
  /** The group that the lane is a way of, if it is still open. */
  groupAround(lane: Lane): Group | undefined {
    const place = lane === ROOT ? null : placeOf(lane);
    return place === null ? undefined : this.group(place);
  }
  replaceGroup(group: Group, by: Group): void {
    this.groups = this.groups.map((one) => (one === group ? by : one));
  }

  /** Amends are being made there: nothing new begins. */
  isUnwound(lane: Lane): boolean {
    return this.unwindings.some((unwinding) => isWithin(lane, unwinding.lane));
  }

  find(ref: WorkRef): WorkPosition | undefined {
    return this.positions.find(
      (position): position is WorkPosition => position.at === 'work' && isSame(position, ref),
    );
  }

  add(position: Position): void {
    this.#visited(position);
    this.positions = [...this.positions, position];
  }
  remove(position: Position): void {
    this.positions = this.positions.filter((one) => one !== position);
  }
  replace(position: Position, by: Position): void {
    this.positions = this.positions.map((one) => (one === position ? by : one));
  }

  write(op: JournalOp): void {
    if (op.op === 'add') this.#append(op.entry);
    else this.journal = applyJournal(this.journal, op);
    this.#journalOps.push(op);
  }
  /** A copy of its own grows in place: copied for each entry, a group of a thousand would take seconds. */
  #append(entry: JournalEntry): void {
    if (this.journal !== this.#ownJournal) {
      this.#ownJournal = [...this.journal];
      this.journal = this.#ownJournal;
    }
    this.#ownJournal.push(entry);
    this.#visited(entry);
  }
  enter(
    at: At,
    entry: Pick<JournalEntry, 'outcome' | 'output'> & Partial<Pick<JournalEntry, 'amends'>>,
  ): void {
    const { node, visit, lane } = at;
    this.write({ op: 'add', entry: { seq: this.nextSeq, node, visit, lane, amends: 'none', ...entry } });
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
      this.groups === before.groups &&
      this.unwindings === before.unwindings &&
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
            groups: this.groups,
            unwindings: this.unwindings,
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
