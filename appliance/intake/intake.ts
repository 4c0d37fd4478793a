import type { Refusal } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent, type EventContext } from '#contracts/events/envelope.ts';
import {
  intakeRefused,
  type WorkOrder,
  workOrderCancelRequested,
  workOrderCreated,
} from '#contracts/events/order.ts';
import type { Offset } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import { createRecordQuota } from '#contracts/record-quota.ts';
import type { Store } from '#contracts/store.ts';
import type { Backlog } from '../../local-orchestrator/index.ts';
import { checkWorkOrder, type OrderRules, orderDigest } from './work-order.ts';

/** Where an order came from: the way in, the best name for it so far, and its trace. */
export interface Origin {
  readonly intake: 'http' | 'debezium' | 'replay' | 'mqtt';
  readonly key: string;
  readonly traceparent?: string | undefined;
}

export interface Intake {
  /**
   * Accepts an order durably, or says why not. A repeat with the same content changes nothing.
   *
   * Errors: INT_INVALID, INT_CONFLICT; each is recorded before it is thrown, as far as the quota of records goes.
   * INT_BACKLOG_FULL: nothing was taken, and it may come again later.
   */
  accept(input: unknown, origin: Origin): Promise<{ order: WorkOrder; outcome: 'accepted' | 'repeated' }>;
  /** Asks for an accepted order to be cancelled. Errors: API_NOT_FOUND. */
  cancel(orderId: string, reason: string, requestedBy: string, origin: Origin): Promise<void>;
  /** Records a refusal that was decided elsewhere, such as a body that is no JSON. Never throws: it stands either way. */
  refuse(error: ApplianceError, origin: Origin, excerpt: unknown): Promise<void>;
  refusals(limit: number): Promise<readonly Refusal[]>;
}

const REFUSALS_KEPT = 10_000;
export const REFUSAL_RECORDS_PER_MINUTE = 120;
const EXCERPT_CHARS_MAX = 1_000;
/** After so long, whoever was asked to wait may try again. */
const BACKLOG_WAIT_SECONDS = 10;

export interface IntakeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: string;
  readonly rules: OrderRules;
  readonly backlog: Backlog;
  /** Hears of each refusal, whether there is a record of it or not. */
  readonly onRefused?: (code: string) => void;
  /** Hears of each order that had come before, word for word. */
  readonly onRepeated?: () => void;
}

export function createIntake(options: IntakeOptions): Intake {
  const { store, clock, log, site, rules, backlog, onRefused, onRepeated } = options;
  const quota = createRecordQuota(clock, REFUSAL_RECORDS_PER_MINUTE);
  const context = (correlationId: string, origin: Origin): EventContext => ({
    site,
    component: `intake/${origin.intake}`,
    nowMs: clock.nowMs(),
    correlationId,
    traceparent: origin.traceparent,
  });

  async function refuse(error: ApplianceError, origin: Origin, excerpt: unknown): Promise<void> {
    onRefused?.(error.code);
    const suppressedCount = quota.take();
    if (suppressedCount === null) return;
    await record(error, origin, excerpt, suppressedCount).catch((problem: unknown) => {
      quota.missed(suppressedCount);
      log.warn({ err: problem, code: error.code, key: origin.key }, 'a refusal could not be recorded');
    });
  }

  async function record(
    error: ApplianceError,
    origin: Origin,
    excerpt: unknown,
    suppressedCount: number,
  ): Promise<void> {
    const refusal = {
      intake: origin.intake,
      key: origin.key.slice(0, 128),
      code: error.code,
      reason: error.message,
      hint: error.hint,
    };
    const event = createEvent(
      intakeRefused,
      refusal.key || 'unknown',
      { ...refusal, excerpt: excerptOf(excerpt), suppressedCount },
      context(refusal.key || 'unknown', origin),
    );
    await store.commit(
      [
        { op: 'append', event },
        { op: 'run', statement: 'intake.refuse', params: { atMs: clock.nowMs(), ...refusal } },
        { op: 'run', statement: 'intake.trimRefusals', params: { keepCount: REFUSALS_KEPT } },
      ],
      { uninvited: true },
    );
  }

  async function recorded<T>(input: unknown, origin: Origin, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (isApplianceError(error) && !error.retryable) await refuse(error, origin, input);
      throw error;
    }
  }

  async function append(order: WorkOrder, origin: Origin): Promise<'accepted' | 'repeated'> {
    const digest = orderDigest(order);
    const settle = backlog.enter();
    // Who sends an order twice is not asked to wait for what is here already.
    if (settle === null) return (await repeated(order.orderId, digest)) ?? refuseForNow();
    const { orderId } = order;
    const event = createEvent(workOrderCreated, orderId, order, context(orderId, origin));
    const params = { orderId, digest, atMs: clock.nowMs() };
    let accepted: Offset | null = null;
    try {
      [accepted = null] = await store.commit([
        { op: 'run', statement: 'intake.claimOrder', params, changes: 1 },
        { op: 'append', event },
      ]);
      return 'accepted';
    } catch (error) {
      if (!isApplianceError(error, 'STORE_CONFLICT')) throw error;
      const outcome = await repeated(orderId, digest);
      if (outcome === undefined) throw error;
      return outcome;
    } finally {
      settle(accepted);
    }
  }

  /** Undefined for an order that never came. Errors: INT_CONFLICT for one that came with other content. */
  async function repeated(orderId: string, digest: string): Promise<'repeated' | undefined> {
    const [row] = await store.query('intake.digest', { orderId });
    if (row === undefined) return undefined;
    if (row.digest !== digest) throw new ApplianceError('INT_CONFLICT', { orderId });
    onRepeated?.();
    return 'repeated';
  }

  /** Counted and not recorded: it comes again, and a record of each would fill the log in place of the orders. */
  function refuseForNow(): never {
    const details = { waiting: backlog.size(), waitSeconds: BACKLOG_WAIT_SECONDS };
    onRefused?.('INT_BACKLOG_FULL');
    throw new ApplianceError('INT_BACKLOG_FULL', details);
  }

  return {
    refuse,
    accept: (input, origin) =>
      recorded(input, origin, async () => {
        const order = checkWorkOrder(input, rules);
        return { order, outcome: await append(order, origin) };
      }),
    cancel: (orderId, reason, requestedBy, origin) =>
      recorded({ orderId, reason }, origin, async () => {
        const [row] = await store.query('intake.digest', { orderId });
        if (row === undefined) throw new ApplianceError('API_NOT_FOUND', { what: 'order', id: orderId });
        const data = { orderId, reason, requestedBy };
        const event = createEvent(workOrderCancelRequested, orderId, data, context(orderId, origin));
        // It ends work and gives back what was taken: also on a disk that takes no new orders.
        await store.commit([{ op: 'append', event }], { reserve: true });
      }),
    async refusals(limit) {
      const rows = await store.query('intake.refusals', { limit });
      return rows.map((row) => ({
        at: new Date(Number(row.at_ms)).toISOString(),
        intake: String(row.intake),
        key: String(row.key),
        code: String(row.code),
        reason: String(row.reason),
        hint: String(row.hint),
      }));
    },
  };
}

function excerptOf(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return text.slice(0, EXCERPT_CHARS_MAX);
}
