import type { UplinkStatus } from '#contracts/api.ts';
import type { Circuit } from './circuit.ts';
import type { Outbox } from './outbox.ts';
import { drainSeconds, type Rates } from './rate.ts';

export interface StatusParts {
  readonly id: string;
  readonly url: string;
  readonly circuit: Circuit;
  readonly outboxes: readonly Outbox[];
  readonly rates: Rates;
  /** Time of the oldest waiting record per lane. */
  readonly oldestAt: ReadonlyMap<string, string>;
}

/** What the UI shows of one uplink. Made from counters only: nothing is counted for it. */
export function uplinkStatus(parts: StatusParts): UplinkStatus {
  const { circuit, outboxes } = parts;
  const backlogCount = sum(outboxes, (outbox) => outbox.record.backlogCount);
  const held = outboxes.find((outbox) => outbox.held !== null);
  const down = circuit.state === 'down';
  return {
    id: parts.id,
    url: parts.url,
    state: circuit.state,
    reason: down ? circuit.reason : held === undefined ? null : `${held.lane}: ${held.held}`,
    since: new Date(circuit.sinceMs).toISOString(),
    lanes: outboxes.map(({ lane, record }) => ({
      lane,
      count: record.backlogCount,
      oldestAt: record.backlogCount === 0 ? null : (parts.oldestAt.get(lane) ?? null),
      acknowledgedSequence: record.ledger.acked.sequence,
    })),
    backlogCount,
    backlogBytes: sum(outboxes, (outbox) => outbox.record.backlogBytes),
    ratePerSecond: Math.round(parts.rates.outPerSecond * 10) / 10,
    drainSeconds: down ? null : drainSeconds(parts.rates, backlogCount),
    droppedCount: sum(outboxes, (outbox) => outbox.record.droppedCount),
  };
}

const sum = (outboxes: readonly Outbox[], of: (outbox: Outbox) => number): number =>
  outboxes.reduce((total, outbox) => total + of(outbox), 0);
