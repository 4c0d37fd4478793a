import type { OrderState, OrderSummary } from '#contracts/api.ts';

/** Columns of the board, in the order in which an order passes them. */
export interface Column {
  readonly id: string;
  readonly title: string;
  /** For a fifth of a phone's width. */
  readonly short: string;
  readonly states: readonly OrderState[];
  readonly empty: string;
}

export const columns: readonly Column[] = [
  {
    id: 'accepted',
    title: 'Accepted',
    short: 'Accepted',
    states: ['accepted'],
    empty: 'No order waits for its turn.',
  },
  {
    id: 'running',
    title: 'Running',
    short: 'Running',
    states: ['running'],
    empty: 'No order is being worked on.',
  },
  {
    id: 'waiting',
    title: 'Waiting for a person',
    short: 'Person',
    states: ['waiting-for-person'],
    empty: 'No order needs a person.',
  },
  { id: 'done', title: 'Done', short: 'Done', states: ['completed'], empty: 'Nothing done yet.' },
  {
    id: 'failed',
    title: 'Failed or cancelled',
    short: 'Failed',
    states: ['failed', 'cancelled'],
    empty: 'Nothing failed.',
  },
];

const ended: readonly OrderState[] = ['completed', 'failed', 'cancelled'];
export const isEnded = (state: OrderState): boolean => ended.includes(state);

/** Open orders: what waits longest first, the urgent before all. Ended ones: the latest first. */
export function inColumn(orders: readonly OrderSummary[], column: Column): OrderSummary[] {
  const rows = orders.filter((order) => column.states.includes(order.state));
  const latestFirst = column.states.every(isEnded);
  return rows.sort((a, b) =>
    latestFirst
      ? b.changedAt.localeCompare(a.changedAt)
      : a.priority - b.priority || a.acceptedAt.localeCompare(b.acceptedAt),
  );
}

/** By order, robot, customer or destination; case does not matter. */
export function matches(order: OrderSummary, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return true;
  return [order.orderId, order.customer, order.destination, order.robot].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  );
}
