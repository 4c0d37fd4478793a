import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';

/** One attempt that must be heard of. */
export interface Pulse {
  /** Errors: SAGA_PROGRESS_TOO_LONG; it was heard, and what it told before is kept. */
  beat(progress?: Json): void;
  /** The attempt has ended; what it told last is kept for the next one. */
  end(): void;
}

/** Listens to attempts with a heartbeat: notices silence, and keeps the progress they tell. */
export interface Heartbeats {
  /** `work` is the key of the piece of work; `onSilent` is called at most once. */
  listen(of: { sagaId: string; work: string; heartbeatMs: number; onSilent: () => void }): Pulse;
  /** What an earlier attempt told last; null when none did. */
  progressOf(sagaId: string, work: string): Promise<Json>;
  stop(): Promise<void>;
}

interface Attempt {
  readonly sagaId: string;
  readonly work: string;
  readonly heartbeatMs: number;
  readonly onSilent: () => void;
  /** Monotonic time. */
  heardMs: number;
  storedMs: number;
  /** As JSON; null when there is nothing to be stored. */
  unsaved: string | null;
}

/** Progress is stored so often at most: an activity may tell it a hundred times a second. */
const STORE_MS_MIN = 2_000;
/** How far it is, not what it has made: as JSON. */
export const PROGRESS_BYTES_MAX = 16_384;

export function createHeartbeats(parts: { store: Store; clock: Clock; log: Log }): Heartbeats {
  const { store, clock, log } = parts;
  const attempts = new Set<Attempt>();
  const writing = new Set<Promise<void>>();
  let dueMs = Number.POSITIVE_INFINITY;
  let disarm: () => void = () => {};

  /** One timer for all attempts, for the one that may fall silent first. */
  const arm = (atMs: number) => {
    if (atMs >= dueMs) return;
    dueMs = atMs;
    disarm();
    disarm = clock.after(Math.max(0, atMs - clock.monotonicMs()), look);
  };

  const look = () => {
    dueMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const attempt of attempts) {
      const silentMs = attempt.heardMs + attempt.heartbeatMs;
      if (silentMs > nowMs) nextMs = Math.min(nextMs, silentMs);
      else {
        attempts.delete(attempt);
        attempt.onSilent();
      }
    }
    if (nextMs < Number.POSITIVE_INFINITY) arm(nextMs);
  };

  const save = (attempt: Attempt) => {
    const { sagaId, work, unsaved } = attempt;
    if (unsaved === null) return;
    attempt.unsaved = null;
    attempt.storedMs = clock.monotonicMs();
    const params = { sagaId, work, progress: unsaved, nowMs: clock.nowMs() };
    const write: Promise<void> = store
      .commit([{ op: 'run', statement: 'work.progress', params }])
      .then(() => {})
      .catch((error: unknown) => log.debug({ err: error, sagaId }, 'progress was not stored'))
      .finally(() => writing.delete(write));
    writing.add(write);
  };

  return {
    listen(of) {
      const attempt: Attempt = {
        ...of,
        heardMs: clock.monotonicMs(),
        storedMs: Number.NEGATIVE_INFINITY,
        unsaved: null,
      };
      attempts.add(attempt);
      arm(attempt.heardMs + attempt.heartbeatMs);
      return {
        beat(progress) {
          attempt.heardMs = clock.monotonicMs();
          if (progress === undefined) return;
          attempt.unsaved = checked(progress, of.sagaId);
          if (attempt.heardMs - attempt.storedMs >= STORE_MS_MIN) save(attempt);
        },
        end() {
          attempts.delete(attempt);
          save(attempt);
        },
      };
    },
    async progressOf(sagaId, work) {
      // The attempt before has just ended, perhaps: its last word is on its way to the disk.
      await Promise.all(writing);
      const [row] = await store.query('work.progress', { sagaId, work });
      return row === undefined ? null : (JSON.parse(String(row.progress)) as Json);
    },
    async stop() {
      disarm();
      attempts.clear();
      await Promise.all(writing);
    },
  };
}

function checked(progress: Json, sagaId: string): string {
  const text = JSON.stringify(progress);
  const bytes = Buffer.byteLength(text);
  if (bytes <= PROGRESS_BYTES_MAX) return text;
  throw new ApplianceError('SAGA_PROGRESS_TOO_LONG', { sagaId, bytes, bytesMax: PROGRESS_BYTES_MAX });
}
