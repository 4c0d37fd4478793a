import type { OrderState, OrderSummary } from '#contracts/api.ts';
import type { OrderRisk } from '#contracts/models.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow } from '#contracts/store.ts';
import { openTaskId, type Position, type SagaState } from '../decide/state.ts';
import { PICK_ORDER, type PickInput } from '../sagas/pick-order.ts';

export const sagaIdOf = (orderId: string): string => `${PICK_ORDER}:${orderId}`;

/** The input of the saga of an order; undefined for any other saga. */
export function pickInputOf(state: Pick<SagaState, 'sagaId' | 'input'>): PickInput | undefined {
  if (!state.sagaId.startsWith(`${PICK_ORDER}:`)) return undefined;
  return state.input as unknown as PickInput;
}

/** What the board shows of an order, made of its saga alone: nothing to keep in step. */
export function summaryOf(
  definition: SagaDefinition,
  state: SagaState,
  input: PickInput,
  changedMs: number,
): OrderSummary {
  const { order, acceptedAtMs } = input;
  return {
    orderId: order.orderId,
    state: orderState(state),
    priority: order.priority,
    risk: input.risk ?? null,
    ...sizeOf(order),
    destination: order.destination,
    customer: order.customer ?? null,
    step: stepTitle(definition, state.positions[0]),
    robot: robotOf(state),
    acceptedAt: new Date(acceptedAtMs).toISOString(),
    changedAt: new Date(changedMs).toISOString(),
    sagaId: state.sagaId,
    taskId: openTaskId(state),
  };
}

export const sizeOf = (order: PickInput['order']) => ({
  lineCount: order.lines.length,
  pieceCount: order.lines.reduce((sum, { quantity }) => sum + quantity, 0),
});

const endStates: Partial<Record<SagaState['status'], OrderState>> = {
  completed: 'completed',
  compensated: 'failed',
  cancelled: 'cancelled',
};
const orderState = (state: SagaState): OrderState =>
  endStates[state.status] ?? (openTaskId(state) === null ? 'running' : 'waiting-for-person');

export function stepTitle(definition: SagaDefinition, position: Position | undefined): string | null {
  const node = position === undefined ? undefined : definition.nodes[position.node];
  if (position === undefined || node === undefined) return null;
  const amends = position.at === 'work' && position.role === 'compensation' && 'compensation' in node;
  return (amends ? node.compensation?.title : null) ?? ('title' in node ? node.title : position.node);
}

/** The robot it has now; none once it was given back. */
function robotOf(state: SagaState): string | null {
  const chosen = state.journal.findLast(
    (entry) => entry.node === 'choose-robot' && entry.outcome === 'done' && entry.amends === 'due',
  );
  const output = chosen?.output;
  if (typeof output !== 'object' || output === null || !('robotId' in output)) return null;
  return typeof output.robotId === 'string' ? output.robotId : null;
}

export const summaryOfRow = (row: SqlRow): OrderSummary => ({
  orderId: String(row.order_id),
  state: row.state as OrderState,
  priority: Number(row.priority),
  risk: typeof row.risk === 'string' ? (JSON.parse(row.risk) as OrderRisk) : null,
  lineCount: Number(row.line_count),
  pieceCount: Number(row.piece_count),
  destination: String(row.destination),
  customer: textOf(row.customer),
  step: textOf(row.step),
  robot: textOf(row.robot),
  acceptedAt: new Date(Number(row.accepted_ms)).toISOString(),
  changedAt: new Date(Number(row.changed_ms)).toISOString(),
  sagaId: row.state === 'accepted' ? null : String(row.saga_id),
  taskId: textOf(row.task_id),
});

const textOf = (value: SqlRow[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
