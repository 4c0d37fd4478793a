import type { LiveChange, LiveCollection, LiveState } from '#contracts/api.ts';

type Row<K extends LiveCollection> = LiveState[K][number];

/** By what a row of each collection is known. */
const idOf: { readonly [K in LiveCollection]: (row: Row<K>) => string } = {
  orders: (row) => row.orderId,
  tasks: (row) => row.taskId,
  robots: (row) => row.robotId,
  devices: (row) => row.id,
  interlocks: (row) => row.id,
  alarms: (row) => row.alarmId,
  uplinks: (row) => row.id,
  faults: (row) => row.id,
  notices: (row) => row.noticeId,
};

/** Newest orders kept in the browser; the appliance sends as many in its snapshot. */
export const ORDERS_KEPT_MAX = 200;

/** Puts and removes rows. Known rows keep their place, new ones come last. The input is not changed. */
export function mergeRows<T>(
  rows: readonly T[],
  put: readonly T[],
  remove: readonly string[],
  id: (row: T) => string,
): T[] {
  const merged = new Map(rows.map((row) => [id(row), row]));
  for (const row of put) merged.set(id(row), row);
  for (const gone of remove) merged.delete(gone);
  return [...merged.values()];
}

/** The collection after one change; other collections stay the very same objects. */
export function applyChange(state: LiveState, change: LiveChange): LiveState {
  switch (change.collection) {
    case 'summary':
      return { ...state, summary: change.value };
    case 'orders': {
      const rows = mergeRows(state.orders, change.put, change.remove, idOf.orders);
      return { ...state, orders: newest(rows) };
    }
    case 'tasks':
      return { ...state, tasks: mergeRows(state.tasks, change.put, change.remove, idOf.tasks) };
    case 'robots':
      return { ...state, robots: mergeRows(state.robots, change.put, change.remove, idOf.robots) };
    case 'devices':
      return { ...state, devices: mergeRows(state.devices, change.put, change.remove, idOf.devices) };
    case 'interlocks':
      return {
        ...state,
        interlocks: mergeRows(state.interlocks, change.put, change.remove, idOf.interlocks),
      };
    case 'alarms':
      return { ...state, alarms: mergeRows(state.alarms, change.put, change.remove, idOf.alarms) };
    case 'uplinks':
      return { ...state, uplinks: mergeRows(state.uplinks, change.put, change.remove, idOf.uplinks) };
    case 'faults':
      return { ...state, faults: mergeRows(state.faults, change.put, change.remove, idOf.faults) };
    case 'notices':
      return { ...state, notices: mergeRows(state.notices, change.put, change.remove, idOf.notices) };
    default:
      // A newer appliance may send a collection this page does not know.
      return state;
  }
}

/** A tablet stays on this page for weeks: without a limit the list would grow with every order. */
function newest(orders: LiveState['orders']): LiveState['orders'] {
  if (orders.length <= ORDERS_KEPT_MAX) return orders;
  return orders.toSorted((a, b) => b.changedAt.localeCompare(a.changedAt)).slice(0, ORDERS_KEPT_MAX);
}
