import { isApplianceError } from '#contracts/errors.ts';
import { type AnyEvent, type Lane, lanes } from '#contracts/events/envelope.ts';
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';

/**
 * Appends what happens on the floor, in batches, while nobody waits for it. When the store is slow or full the
 * queue is bounded: telemetry is dropped first and counted; the other lanes are dropped only past their own
 * bound, loudly, since a record that cannot be kept is a broken promise.
 */
export interface Recorder {
  record(event: AnyEvent): void;
  /** Resolves when everything recorded so far is on disk or given up. */
  flush(): Promise<void>;
  droppedCount(): number;
}

interface Batch {
  readonly lane: Lane;
  readonly queue: AnyEvent[];
  readonly events: readonly AnyEvent[];
}

/** What trying again cannot help. */
const unstorable: ReadonlySet<string> = new Set(['STORE_TOO_LARGE', 'STORE_DUPLICATE', 'STORE_STATEMENT']);

const BATCH_COUNT_MAX = 500;
export const TELEMETRY_QUEUE_MAX = 20_000;
export const QUEUE_MAX = 200_000;
const RETRY_MS = 250;
export const FLUSH_RETRIES_MAX = 20;

export function createRecorder(store: Store, log: Log, pause: (ms: number) => Promise<void>): Recorder {
  // One queue a lane, so that a flood of telemetry does not stand before a safety event.
  const queues = new Map<Lane, AnyEvent[]>(lanes.map((lane) => [lane, []]));
  let dropped = 0;
  let running: Promise<void> | undefined;

  /** One lane at a time: what is refused of telemetry must not hold up the rest. */
  function nextBatch(countMax: number): Batch | undefined {
    for (const [lane, queue] of queues) {
      if (queue.length > 0) return { lane, queue, events: queue.slice(0, countMax) };
    }
    return undefined;
  }

  function giveUp({ lane, queue, events }: Batch, error: unknown): void {
    queue.splice(0, events.length);
    dropped += events.length;
    if (lane === 'telemetry') return;
    for (const { type, id } of events)
      log.error({ err: error, type, id }, 'record lost: it cannot be stored');
  }

  async function drain(): Promise<void> {
    let failures = 0;
    let countMax = BATCH_COUNT_MAX;
    for (let next = nextBatch(countMax); next !== undefined; next = nextBatch(countMax)) {
      const { lane, queue, events } = next;
      try {
        await store.commit(events.map((event) => ({ op: 'append', event })));
        queue.splice(0, events.length);
        failures = 0;
        countMax = Math.min(BATCH_COUNT_MAX, 2 * countMax);
      } catch (error) {
        // What is no fault of the store lies in an event itself, such as a value that JSON does not know.
        const cannotBe = !isApplianceError(error) || unstorable.has(error.code);
        // One of them is to blame: they go in ever smaller batches, until it alone is given up.
        if (cannotBe && events.length > 1) countMax = Math.ceil(events.length / 2);
        else if (cannotBe || (lane === 'telemetry' && isApplianceError(error, 'STORE_FULL')))
          giveUp(next, error);
        else {
          failures += 1;
          log.error(
            { err: error, lane, count: events.length, failures },
            'events of the floor could not be stored yet',
          );
          if (failures >= FLUSH_RETRIES_MAX) return;
          await pause(RETRY_MS);
        }
      }
    }
  }

  return {
    record(event) {
      const queue = queues.get(event.lane) ?? [];
      const countMax = event.lane === 'telemetry' ? TELEMETRY_QUEUE_MAX : QUEUE_MAX;
      if (queue.length >= countMax) {
        dropped += 1;
        if (event.lane !== 'telemetry')
          log.error({ type: event.type, id: event.id }, 'record lost: queue is full');
        return;
      }
      queue.push(event);
      running ??= drain().finally(() => {
        running = undefined;
      });
    },
    async flush() {
      while (running !== undefined) await running;
    },
    droppedCount: () => dropped,
  };
}
