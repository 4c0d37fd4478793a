import type { UplinkStatus } from '#contracts/api.ts';
import { giveUpOldest } from './give-up.ts';
import type { Herald } from './herald.ts';
import { GIVE_UP_SHARE, STATUS_INTERVAL_MS } from './limits.ts';
import { createOldest } from './oldest.ts';
import type { Outbox } from './outbox.ts';
import { freshRates, nextRates } from './rate.ts';
import type { Saver } from './saver.ts';
import { uplinkStatus } from './status.ts';
import type { UplinkParts } from './uplink-parts.ts';

/** What is done once a second, connected or not: rates, room, age of the oldest record, status. */
export interface Upkeep {
  status(): UplinkStatus;
  arrived(count: number): void;
  acknowledged(count: number): void;
  start(): void;
  stop(): Promise<void>;
}

export function createUpkeep(options: {
  readonly parts: UplinkParts;
  readonly outboxes: readonly Outbox[];
  readonly herald: Herald;
  readonly saver: Saver;
}): Upkeep {
  const { parts, outboxes, saver, herald } = options;
  const { config, clock, store, log } = parts;
  const oldest = createOldest(store);
  let counts = { in: 0, out: 0 };
  let rates = freshRates(clock.monotonicMs());
  let stopped = false;
  let working = Promise.resolve();
  let cancel = () => {};

  const status = (): UplinkStatus => {
    const circuit = herald.circuit();
    return uplinkStatus({
      id: config.id,
      url: config.url,
      circuit,
      outboxes,
      rates,
      oldestAt: oldest.known(),
    });
  };

  async function keepRoom(): Promise<void> {
    const telemetry = outboxes.find(({ lane }) => lane === 'telemetry');
    const bytes = outboxes.reduce((total, { record }) => total + record.backlogBytes, 0);
    if (telemetry === undefined || telemetry.record.backlogCount === 0) return;
    if (bytes <= config.backlogBytesMax) return;
    const wanted = bytes - config.backlogBytesMax * (1 - GIVE_UP_SHARE);
    const describe = herald.describeDropped;
    const done = await giveUpOldest(store, telemetry, wanted, { describe, nowMs: clock.nowMs() });
    if (done === null) return;
    log.warn({ count: done.given.count, bytes: done.given.bytes }, 'telemetry was given up: no room');
    parts.onEvent(done.event);
  }

  async function work(): Promise<void> {
    rates = nextRates(rates, counts, clock.monotonicMs());
    counts = { in: 0, out: 0 };
    // Counts go to disk with it, so that a start has little to count.
    for (const outbox of outboxes) saver.touch(outbox);
    await keepRoom();
    await oldest.look(outboxes);
    parts.onStatus(status());
  }

  function tick(): void {
    if (stopped) return;
    cancel = clock.after(STATUS_INTERVAL_MS, () => {
      working = work()
        .catch((error: unknown) => herald.fault(error, 'the upkeep of the uplink failed'))
        .finally(tick);
    });
  }

  return {
    status,
    arrived(count) {
      counts.in += count;
    },
    acknowledged(count) {
      counts.out += count;
    },
    start: tick,
    stop() {
      stopped = true;
      cancel();
      return working;
    },
  };
}
