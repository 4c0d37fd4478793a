import type { OrderDetail, OrderState, OrderSummary } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { workOrderCancelRequested, workOrderCompleted, workOrderFailed } from '#contracts/events/order.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { hasEnded } from '../decide/state.ts';
import type { Definitions } from '../engine/definitions.ts';
import type { Change } from '../engine/engine.ts';
import type { OrderRiskModel } from '../models/risk/order-risk.ts';
import type { PickInput } from '../sagas/pick-order.ts';
import { pickInputOf, summaryOf, summaryOfRow } from './order-summary.ts';
import { startOfDayMs } from './start-of-day.ts';
import { timelineOf } from './timeline.ts';

export interface OrderQuery {
  readonly state?: OrderState | undefined;
  readonly limit?: number | undefined;
  /** Only what changed before this time (ISO), or before this order did. */
  readonly before?: string | undefined;
}
export interface OrderCounts {
  readonly ordersWaiting: number;
  readonly ordersRunning: number;
  readonly ordersCompletedToday: number;
  readonly ordersFailedToday: number;
}

export interface OrderDesk {
  orders(query?: OrderQuery): Promise<OrderSummary[]>;
  order(orderId: string): Promise<OrderDetail | undefined>;
  /** Asks for the end of an order; durable when it resolves. Errors: SAGA_ORDER_NOT_FOUND, SAGA_ORDER_ENDED. */
  cancel(orderId: string, by: string, reason: string): Promise<void>;
  counts(): Promise<OrderCounts>;
  onChanged(listener: (order: OrderSummary) => void): () => void;
  tell(order: OrderSummary): void;
  /** Rows and events about the order of a saga, in the transaction of its transition. */
  project(change: Change): StoreOp[];
  committed(change: Change): void;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
/** Transitions shown of one order; past it the story is cut, and says so by its end. */
const HISTORY_COUNT_MAX = 5_000;

export function createOrderDesk(parts: {
  store: Store;
  clock: Clock;
  site: { id: string; timeZone: string };
  definitions: Definitions;
  risk: OrderRiskModel;
}): OrderDesk {
  const { store, clock, site, definitions, risk } = parts;
  const listeners = new Set<(order: OrderSummary) => void>();
  const tell = (order: OrderSummary) => {
    for (const listener of listeners) listener(order);
  };

  const bound = async (before: string | undefined): Promise<{ beforeMs: number; beforeId: string }> => {
    if (before === undefined) return { beforeMs: Number.MAX_SAFE_INTEGER, beforeId: '' };
    const atMs = /^\d{4}-\d{2}-\d{2}T/.test(before) ? Date.parse(before) : Number.NaN;
    if (!Number.isNaN(atMs)) return { beforeMs: atMs, beforeId: '' };
    const [row] = await store.query('orders.one', { orderId: before });
    if (row === undefined) throw new ApplianceError('SAGA_ORDER_NOT_FOUND', { orderId: before });
    return { beforeMs: Number(row.changed_ms), beforeId: before };
  };

  return {
    async orders({ state, limit = LIMIT_DEFAULT, before } = {}) {
      const params = { ...(await bound(before)), countMax: Math.max(1, Math.min(LIMIT_MAX, limit)) };
      const rows =
        state === undefined
          ? await store.query('orders.list', params)
          : await store.query('orders.listOfState', { ...params, state });
      return rows.map(summaryOfRow);
    },
    async order(orderId) {
      const [row] = await store.query('orders.one', { orderId });
      if (row === undefined) return undefined;
      const sagaId = String(row.saga_id);
      const [input] = await store.query('orders.input', { sagaId });
      const [instance] = await store.query('saga.state', { sagaId });
      const history = await store.query('saga.historyOf', { sagaId, countMax: HISTORY_COUNT_MAX });
      const tasks = await store.query('task.ofSaga', { sagaId });
      const definition =
        instance === undefined
          ? definitions.current('pick-order').definition
          : await definitions.byHash(String(instance.hash));
      const titles = new Map(
        tasks.map((task) => [String(task.task_id), { title: String(task.title), text: String(task.text) }]),
      );
      const accepted = {
        at: new Date(Number(row.accepted_ms)).toISOString(),
        kind: 'order' as const,
        title: 'Accepted',
        outcome: 'ok' as const,
        step: null,
        attempt: null,
        detail: null,
        durationMs: null,
      };
      const { order } = JSON.parse(String(input?.body ?? 'null')) as PickInput;
      return {
        ...summaryOfRow(row),
        order,
        timeline: [accepted, ...timelineOf(definition, history, titles)],
        traceId: traceIdOf(row.traceparent),
      };
    },
    async cancel(orderId, by, reason) {
      const [row] = await store.query('orders.one', { orderId });
      if (row === undefined) throw new ApplianceError('SAGA_ORDER_NOT_FOUND', { orderId });
      if (row.state === 'completed' || row.state === 'failed' || row.state === 'cancelled') {
        throw new ApplianceError('SAGA_ORDER_ENDED', { orderId, state: row.state });
      }
      const context = {
        site: site.id,
        component: 'orchestrator',
        nowMs: clock.nowMs(),
        correlationId: orderId,
      };
      const data = { orderId, reason, requestedBy: by };
      const event = createEvent(workOrderCancelRequested, orderId, data, context);
      await store.commit([{ op: 'append', event }], { reserve: true });
    },
    async counts() {
      const sinceMs = startOfDayMs(clock.nowMs(), site.timeZone);
      const [running] = await store.query('orders.running');
      const [waiting] = await store.query('orders.countWaiting');
      const ended = new Map(
        (await store.query('orders.countSince', { sinceMs })).map((row) => [row.state, Number(row.count)]),
      );
      return {
        ordersWaiting: Number(waiting?.count ?? 0),
        ordersRunning: Number(running?.count ?? 0),
        ordersCompletedToday: ended.get('completed') ?? 0,
        ordersFailedToday: (ended.get('failed') ?? 0) + (ended.get('cancelled') ?? 0),
      };
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    project({ instance, event, decision, atMs }) {
      const { state } = decision;
      const input = pickInputOf(state);
      if (input === undefined) return [];
      const summary = summaryOf(instance.definition, state, input, atMs);
      const { orderId, step, robot, taskId } = summary;
      const params = { orderId, state: summary.state, step, robot, taskId, nowMs: atMs };
      // An order that was cancelled while it waited must not begin.
      const statement = event.type === 'started' ? 'orders.begin' : 'orders.update';
      const ops: StoreOp[] = [{ op: 'run', statement, params, changes: 1 }];
      if (!hasEnded(state)) return ops;
      const context = {
        site: site.id,
        component: 'orchestrator',
        nowMs: atMs,
        correlationId: orderId,
        traceparent: instance.traceparent ?? undefined,
      };
      const { sagaId } = state;
      const said = state.result?.output;
      const ending =
        state.status === 'completed' && typeof said === 'object' && said !== null
          ? createEvent(workOrderCompleted, orderId, completedData(orderId, sagaId, said), context)
          : createEvent(
              workOrderFailed,
              orderId,
              { orderId, sagaId, reason: state.result?.reason ?? '' },
              context,
            );
      ops.push({ op: 'append', event: ending });
      // One that a person called off says nothing about the order.
      if (state.status !== 'cancelled') ops.push(...risk.ended(orderId, state.status !== 'completed', atMs));
      return ops;
    },
    committed({ instance, decision, atMs }) {
      const input = pickInputOf(decision.state);
      if (input === undefined) return;
      tell(summaryOf(instance.definition, decision.state, input, atMs));
      if (hasEnded(decision.state)) risk.learned();
    },
  };
}

type Counted = { sku: string; quantity: number };
function completedData(orderId: string, sagaId: string, output: object) {
  const { picked = [], short = [] } = output as { picked?: Counted[]; short?: Counted[] };
  const bare = (list: Counted[]) => list.map(({ sku, quantity }) => ({ sku, quantity }));
  return { orderId, sagaId, picked: bare(picked), short: bare(short) };
}

// W3C Trace Context §3.2: version, trace-id, parent-id, flags.
const traceIdOf = (traceparent: unknown): string | null =>
  typeof traceparent === 'string' ? (traceparent.split('-')[1] ?? null) : null;
