import type { Static, TSchema } from 'typebox';
import type { Clock } from '#contracts/clock.ts';
import { createEvent, type EventDefinition } from '#contracts/events/envelope.ts';
import { signInRefused } from '#contracts/events/identity.ts';
import type { Log } from '#contracts/log.ts';
import { createRecordQuota, type RecordQuota } from '#contracts/record-quota.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { limits } from './limits.ts';

/** Makes the audit records of identity. */
export class Audit {
  readonly #site: string;
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #log: Log;
  readonly #quota: RecordQuota;

  constructor(parts: { site: string; clock: Clock; store: Store; log: Log }) {
    this.#site = parts.site;
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#log = parts.log;
    this.#quota = createRecordQuota(parts.clock, limits.refusalEventsPerMinute);
  }

  /** A record, to be stored with the change it tells of. */
  op<S extends TSchema>(definition: EventDefinition<S>, subject: string, data: Static<S>): StoreOp {
    const nowMs = this.#clock.nowMs();
    const context = { site: this.#site, component: 'identity', nowMs, correlationId: subject };
    return { op: 'append', event: createEvent(definition, subject, data, context) };
  }

  /**
   * Somebody was not let in. Strangers decide how often this happens, so records are bounded per minute and
   * the rest is counted.
   */
  async refused(what: 'password' | 'claim', name: string, address: string, reason: string): Promise<void> {
    const suppressedCount = this.#quota.take();
    if (suppressedCount === null) return;
    const shown = name.slice(0, 64);
    this.#log.warn({ what, name: shown, address, reason }, 'sign-in refused');
    const data = { what, name: shown, address, reason, suppressedCount };
    try {
      const op = this.op(signInRefused, shown === '' ? 'unknown' : shown, data);
      await this.#store.commit([op], { uninvited: true });
    } catch (error) {
      this.#quota.missed(suppressedCount);
      // The refusal stands either way; the log has it.
      this.#log.error({ err: error }, 'an audit record could not be stored');
    }
  }
}
