import type { Clock } from '#contracts/clock.ts';
import type { ErrorCode } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { mqttMessagesDropped, mqttRefused } from '#contracts/events/mqtt.ts';
import type { Log } from '#contracts/log.ts';
import { createRecordQuota, type RecordQuota } from '#contracts/record-quota.ts';
import type { Store, StoreOp } from '#contracts/store.ts';

export interface Refusal {
  readonly clientId: string;
  readonly user: string;
  readonly address: string;
  readonly action: 'connect' | 'publish' | 'subscribe' | 'packet';
  readonly topic?: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

// Clients whose last report of dropped messages is remembered.
const DROP_CLIENTS_MAX = 5_000;

interface Drops {
  count: number;
  reportedMs: number;
  cancel: (() => void) | null;
}
export interface DropReport {
  readonly clientId: string;
  readonly user: string;
  readonly policy: 'drop-oldest' | 'refuse-newest';
  readonly queueBytesMax: number;
  queuedBytes(): number;
}

/**
 * Leaves a record of what was refused or given up. The rate of records is bounded, since a stranger decides
 * how often he is refused; what was left out is counted in the next record.
 */
export class Auditor {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #site: string;
  readonly #dropReportMs: number;
  readonly #quota: RecordQuota;
  readonly #drops = new Map<string, Drops>();
  #refusals = 0;
  #dropped = 0;

  constructor(
    parts: { store: Store; clock: Clock; log: Log; site: string },
    limits: { readonly refusalEventsPerMinute: number; readonly dropReportMs: number },
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#site = parts.site;
    this.#dropReportMs = limits.dropReportMs;
    this.#quota = createRecordQuota(parts.clock, limits.refusalEventsPerMinute);
  }

  get counts(): { refusals: number; dropped: number } {
    return { refusals: this.#refusals, dropped: this.#dropped };
  }

  refused(refusal: Refusal): void {
    this.#refusals += 1;
    const suppressedCount = this.#quota.take();
    if (suppressedCount === null) return;
    // Names come from strangers: cut to what an envelope may carry.
    const clientId = refusal.clientId.slice(0, 256) || 'unknown';
    const user = refusal.user.slice(0, 256);
    const topic = refusal.topic?.slice(0, 512);
    const data = { ...refusal, clientId, user, suppressedCount, ...(topic && { topic }) };
    this.#log.warn(data, 'refused an MQTT client');
    const event = createEvent(mqttRefused, clientId, data, this.#context());
    this.#append({ op: 'append', event }, () => this.#quota.missed(suppressedCount));
  }

  /** Counts a message that a queue gave up; the first is recorded at once, the following at an interval. */
  dropped(report: DropReport, count = 1): void {
    this.#dropped += count;
    let drops = this.#drops.get(report.clientId);
    if (drops === undefined) {
      drops = { count: 0, reportedMs: Number.NEGATIVE_INFINITY, cancel: null };
      this.#drops.set(report.clientId, drops);
      this.#forgetOldDrops();
    }
    drops.count += count;
    const waitMs = drops.reportedMs + this.#dropReportMs - this.#clock.monotonicMs();
    drops.cancel ??= this.#clock.after(Math.max(0, waitMs), () => this.#reportDrops(report));
  }

  /** Stops the timers; counts that were not reported are in the log. */
  close(): void {
    for (const [clientId, { cancel, count }] of this.#drops) {
      cancel?.();
      if (count > 0) this.#log.warn({ clientId, count }, 'messages were dropped from a full queue');
    }
    this.#drops.clear();
  }

  // Client ids come from clients: those with nothing to report are forgotten, oldest first.
  #forgetOldDrops(): void {
    for (const [clientId, { cancel }] of this.#drops) {
      if (this.#drops.size <= DROP_CLIENTS_MAX) return;
      if (cancel === null) this.#drops.delete(clientId);
    }
  }

  #reportDrops(report: DropReport): void {
    const drops = this.#drops.get(report.clientId);
    if (drops === undefined) return;
    const { clientId, user, policy, queueBytesMax } = report;
    const data = {
      clientId,
      user,
      policy,
      queueBytesMax,
      count: drops.count,
      queuedBytes: report.queuedBytes(),
    };
    this.#drops.set(clientId, { count: 0, reportedMs: this.#clock.monotonicMs(), cancel: null });
    this.#log.warn(data, 'messages were dropped from a full queue');
    this.#append({
      op: 'append',
      event: createEvent(mqttMessagesDropped, clientId, data, this.#context()),
    });
  }

  #append(op: StoreOp, missed = () => {}): void {
    this.#store.commit([op], { uninvited: true }).catch((error: unknown) => {
      missed();
      this.#log.error({ err: error }, 'an audit record could not be stored');
    });
  }

  #context() {
    return {
      site: this.#site,
      component: 'broker',
      nowMs: this.#clock.nowMs(),
      correlationId: 'broker',
    };
  }
}
