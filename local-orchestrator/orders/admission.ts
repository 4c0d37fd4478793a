import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent, isEvent } from '#contracts/events/envelope.ts';
import {
  type WorkOrder,
  workOrderCancelRequested,
  workOrderCreated,
  workOrderFailed,
} from '#contracts/events/order.ts';
import type { Offset } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { OrderRisk } from '#contracts/models.ts';
import type { Json } from '#contracts/sagas.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { LogRecord, SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { Engine, SagaStart } from '../engine/engine.ts';
import type { OrderRiskModel } from '../models/risk/order-risk.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { PickInput } from '../sagas/pick-order.ts';
import { PICK_ORDER } from '../sagas/pick-order.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';
import type { BacklogCount } from './backlog.ts';
import { createHeldOrders } from './held-orders.ts';
import type { OrderDesk } from './order-desk.ts';
import { sagaIdOf, sizeOf, summaryOfRow } from './order-summary.ts';

export interface Admission {
  start(): Promise<void>;
  /** A saga of an order has ended: there is room for another. */
  ended(): void;
  stop(): Promise<void>;
}

const CONSUMER = 'orchestrator';
const FOLLOW_COUNT_MAX = 200;
/** Orders begun at once; more follow when these are on disk. */
const BEGIN_COUNT_MAX = 100;
const RETRY_MS = 1_000;

/**
 * Takes accepted orders from the log and begins their sagas: at most so many at a time, the others wait by
 * turn, then age. Whatever is read twice from the log is taken once.
 */
export function createAdmission(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  versionFor: Rollouts['versionFor'];
  engine: Engine;
  desk: OrderDesk;
  risk: OrderRiskModel;
  alarms: TaskAbilities['alarms'];
  backlog: BacklogCount;
  places: readonly PlaceConfig[];
  runningMax: number;
}): Admission {
  const { store, clock, log, versionFor, engine, desk, risk, backlog, runningMax } = parts;
  let running = 0;
  let admitting = false;
  let again = false;
  let stopped = false;
  let unfollow: () => Promise<void> = async () => {};
  let disarm: () => void = () => {};

  const zones = new Map(parts.places.map(({ id, zone = id }) => [id, zone]));
  const zoneOf = ({ destination }: WorkOrder) => zones.get(destination) ?? destination;

  const held = createHeldOrders({
    ...parts,
    problemOf(row) {
      const start = startOf(row);
      return start instanceof ApplianceError ? start : null;
    },
    onReleased: () => void admit(),
  });

  /** Not at once; one timer, however many ask for it. */
  const admitLater = () => {
    disarm();
    if (!stopped) disarm = clock.after(RETRY_MS, () => void admit());
  };

  /** How its saga begins, or what it lacks, which waiting alone does not bring. */
  const startOf = (row: SqlRow): SagaStart | ApplianceError => {
    const saga = {
      sagaId: String(row.saga_id),
      correlationId: String(row.order_id),
      input: JSON.parse(String(row.input)) as Json,
    };
    const traceparent = row.traceparent === null ? null : String(row.traceparent);
    try {
      return { ...versionFor(PICK_ORDER, saga), ...saga, traceparent, parentId: null };
    } catch (error) {
      if (isApplianceError(error) && !error.retryable) return error;
      throw error;
    }
  };

  const handle = async (records: readonly LogRecord[]): Promise<void> => {
    let accepted: Accepted[] = [];
    const flush = async () => {
      const last = accepted.at(-1);
      if (last === undefined) return;
      const ops = [
        ...accepted.flatMap((one) => [
          ...acceptOps(one, zoneOf(one.order)),
          ...risk.accepted(one.order, one.acceptedMs),
        ]),
        markOp(last.record.offset),
      ];
      // Acknowledged already, and a cancellation may stand behind it: it does not wait for room.
      await store.commit(ops, { reserve: true });
      for (const one of accepted) tellAccepted(one);
      accepted = [];
    };
    for (const record of records) {
      if (isEvent(record.event, workOrderCreated)) {
        const order = record.event.data;
        const acceptedMs = Date.parse(record.event.time);
        accepted.push({ record, order, acceptedMs, risk: risk.riskOf(order, acceptedMs) });
      }
      if (!isEvent(record.event, workOrderCancelRequested)) continue;
      await flush();
      const { orderId, requestedBy, reason } = record.event.data;
      await cancel(orderId, requestedBy, reason);
      await store.commit([markOp(record.offset)]);
    }
    await flush();
    await backlog.recount(records.at(-1)?.offset);
    void admit();
  };

  const tellAccepted = ({ order, acceptedMs, risk }: Accepted) => {
    const at = new Date(acceptedMs).toISOString();
    const { orderId, priority, destination, customer = null } = order;
    desk.tell({
      orderId,
      state: 'accepted',
      priority,
      risk,
      ...sizeOf(order),
      destination,
      customer,
      step: null,
      robot: null,
      acceptedAt: at,
      changedAt: at,
      sagaId: null,
      taskId: null,
    });
  };

  /** Idempotent, so that its mark may come after it. */
  const cancel = async (orderId: string, by: string, reason: string): Promise<void> => {
    try {
      const nowMs = clock.nowMs();
      const context = { site: parts.site, component: 'orchestrator', nowMs, correlationId: orderId };
      const data = { orderId, sagaId: sagaIdOf(orderId), reason: `cancelled by ${by}: ${reason}` };
      const event = createEvent(workOrderFailed, orderId, data, context);
      const params = { orderId, nowMs };
      await store.commit(
        [
          { op: 'run', statement: 'orders.drop', params, changes: 1 },
          { op: 'append', event },
        ],
        { reserve: true },
      );
      const [row] = await store.query('orders.one', { orderId });
      if (row !== undefined) desk.tell(summaryOfRow(row));
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
      // It has begun, or has ended, or there never was such an order.
      const outcome = await engine.offer(sagaIdOf(orderId), { type: 'cancel', by, reason });
      log.info({ orderId, by, outcome }, 'cancellation of an order');
      // Not taken, and not because it is over: the log hands it out again.
      if (outcome === 'conflict') throw new ApplianceError('SAGA_STOPPED');
      if (outcome === 'failed') throw new ApplianceError('SAGA_NOT_WRITTEN', { sagaId: sagaIdOf(orderId) });
    }
  };

  const admit = async (): Promise<void> => {
    again = true;
    if (admitting || stopped) return;
    admitting = true;
    try {
      while (again && !stopped) {
        again = false;
        again = (await admitSome()) || again;
      }
    } catch (error) {
      if (!stopped) {
        log.warn({ err: error }, 'orders could not be begun; will try again');
        admitLater();
      }
    } finally {
      admitting = false;
    }
  };

  /** Begins what there is room for; true when there may be more. */
  const admitSome = async (): Promise<boolean> => {
    const room = Math.min(BEGIN_COUNT_MAX, runningMax - running);
    if (room <= 0) return false;
    if (engine.pushesBack() !== null) {
      admitLater();
      return false;
    }
    const rows = await store.query('orders.waiting', { countMax: room });
    const found = rows.map((row) => ({ orderId: String(row.order_id), start: startOf(row) }));
    const starts = found.flatMap(({ start }) => (start instanceof ApplianceError ? [] : [start]));
    running += starts.length;
    const outcomes = await Promise.all(starts.map((start) => engine.start(start)));
    const begun = outcomes.filter((outcome) => outcome === 'changed').length;
    running -= starts.length - begun;
    if (begun > 0) await backlog.recount();
    await holdLacking(found);
    if (begun === 0 && starts.length > 0) {
      // A full disk, most likely: not again at once.
      admitLater();
      return false;
    }
    return rows.length === room;
  };

  const holdLacking = async (found: readonly Found[]): Promise<void> => {
    const lacking = found.filter(({ start }) => start instanceof ApplianceError);
    const [first] = lacking;
    if (!(first?.start instanceof ApplianceError)) return;
    await held.hold(
      lacking.map(({ orderId }) => orderId),
      first.start,
    );
  };

  return {
    async start() {
      await held.open();
      const [row] = await store.query('orders.running');
      running = Number(row?.count ?? 0);
      await backlog.open(workOrderCreated.type, await store.mark(CONSUMER));
      const types = [workOrderCreated.type, workOrderCancelRequested.type];
      unfollow = store.follow({ consumer: CONSUMER, types, batchCountMax: FOLLOW_COUNT_MAX }, handle);
      void admit();
    },
    ended() {
      running = Math.max(0, running - 1);
      void admit();
    },
    async stop() {
      stopped = true;
      disarm();
      held.stop();
      await unfollow();
    },
  };
}

const markOp = (offset: Offset): StoreOp => ({ op: 'mark', consumer: CONSUMER, offset });

interface Accepted {
  readonly record: LogRecord;
  readonly order: WorkOrder;
  readonly acceptedMs: number;
  readonly risk: OrderRisk | null;
}

interface Found {
  readonly orderId: string;
  readonly start: SagaStart | ApplianceError;
}

/** From here on an order counts as one step more urgent: there is time for the person whom it will need. */
const RISK_HIGH = 0.5;

/** Place in the line of those that wait; the smallest first. */
const turnOf = ({ order, risk }: Accepted): number =>
  Math.max(0, order.priority - (risk !== null && risk.score >= RISK_HIGH ? 1 : 0));

function acceptOps(accepted: Accepted, zone: string): StoreOp[] {
  const { record, order, acceptedMs, risk } = accepted;
  const sagaId = sagaIdOf(order.orderId);
  const input: PickInput = { order, zone, acceptedAtMs: acceptedMs, risk };
  const params = {
    orderId: order.orderId,
    sagaId,
    priority: order.priority,
    turn: turnOf(accepted),
    risk: risk === null ? null : JSON.stringify(risk),
    ...sizeOf(order),
    destination: order.destination,
    customer: order.customer ?? null,
    traceparent: record.event.traceparent ?? null,
    acceptedMs,
    offset: record.offset,
  };
  return [
    { op: 'run', statement: 'orders.accept', params },
    { op: 'run', statement: 'saga.saveInput', params: { sagaId, body: JSON.stringify(input) } },
  ];
}
