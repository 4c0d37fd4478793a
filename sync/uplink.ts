import type { UplinkStatus } from '#contracts/api.ts';
import { backoffMs } from './backoff.ts';
import { openLane } from './book.ts';
import { createConnection } from './connection.ts';
import { createCounter } from './counter.ts';
import { createHerald } from './herald.ts';
import { FLUSH_MS_MAX, RETRY_AFTER_MS_MAX } from './limits.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { lanesByPriority } from './policy.ts';
import { createSaver } from './saver.ts';
import { createSignal } from './signal.ts';
import { createUpkeep } from './upkeep.ts';
import type { UplinkParts } from './uplink-parts.ts';

/** One destination, from the log to its receiver. */
export interface Uplink {
  status(): UplinkStatus;
  /** Takes no new frames, waits for those on their way (bounded), saves the marks. */
  stop(): Promise<void>;
}

export async function startUplinkTo(given: UplinkParts): Promise<Uplink> {
  const parts: UplinkParts = { ...given, log: given.log.child({ uplink: given.config.id }) };
  const { config, store, clock, log } = parts;
  const more = createSignal();
  const pause = createSignal();
  let stopped = false;

  const outboxes = await openOutboxes(parts);
  const backlogCount = () => outboxes.reduce((total, { record }) => total + record.backlogCount, 0);
  const herald = await createHerald(parts, backlogCount, () => parts.onStatus(upkeep.status()));
  const saver = createSaver({
    store,
    clock,
    onFault: (error) => herald.fault(error, 'marks could not be saved'),
  });
  const upkeep = createUpkeep({ parts, outboxes, herald, saver });
  const counter = createCounter({
    store,
    clock,
    outboxes,
    onCounted(count) {
      upkeep.arrived(count);
      more.ring();
    },
    onFault: parts.onCrash,
  });
  const connection = createConnection({
    parts,
    outboxes,
    herald,
    saver,
    more,
    onAcknowledged: upkeep.acknowledged,
  });

  async function keepConnected(): Promise<void> {
    while (!stopped) {
      const end = await connection.connect();
      if (end.end === 'stopped' || stopped) return;
      if (end.end === 'again') {
        log.info({ reason: end.reason }, 'uplink starts over');
        continue;
      }
      herald.step({ type: 'failed', nowMs: clock.nowMs(), cause: end.cause, reason: end.reason });
      if (end.cause === 'refused') herald.raise(`The region refuses this site: ${end.reason}`);
      const asked = Math.min(end.retryAfterMs, RETRY_AFTER_MS_MAX);
      const { strikes } = herald.circuit();
      await waitMs(Math.max(asked, backoffMs(strikes, config.retry, parts.random)));
    }
  }

  function waitMs(ms: number): Promise<void> {
    const cancel = clock.after(ms, () => pause.ring());
    return pause.wait().finally(cancel);
  }

  counter.start();
  upkeep.start();
  const connecting = keepConnected().catch(parts.onCrash);

  return {
    status: upkeep.status,
    async stop() {
      stopped = true;
      pause.ring();
      connection.stop();
      let cancel = () => {};
      const bound = new Promise<void>((resolve) => {
        cancel = clock.after(FLUSH_MS_MAX, resolve);
      });
      await Promise.race([connecting, bound]);
      cancel();
      await connection.abort();
      await connecting;
      await counter.stop();
      await upkeep.stop();
      await saver.flush();
    },
  };
}

async function openOutboxes({ config, store, clock, epoch }: UplinkParts): Promise<readonly Outbox[]> {
  const { classificationMax } = config;
  const limits = { countMax: config.batchCountMax, bytesMax: config.batchBytesMax };
  const outboxes: Outbox[] = [];
  for (const lane of lanesByPriority(config)) {
    const stream = { uplink: config.id, epoch, lane };
    const opened = await openLane(store, stream, classificationMax, clock.nowMs());
    outboxes.push(createOutbox({ store, stream, opened, classificationMax, limits }));
  }
  return outboxes;
}
