import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Clock } from '#contracts/clock.ts';
import { BEAT_INTERVAL_MS, type Beats, firstPulse, nextPulse, readBeat } from '../../safety/index.ts';
import { every } from './every.ts';

/** Makes a worker thread. Handed in by tests that need to get at it. */
export type Spawn = (entry: URL, options: WorkerOptions) => Worker;
export const spawnWorker: Spawn = (entry, options) => new Worker(entry, options);

/** Time for a thread to load its code before its first beat is missed. */
export const START_SILENCE_MS_MAX = 30_000;

export interface WatchedWorker {
  readonly worker: Worker;
  /** It is wanted that it ends: no end is reported any more. */
  release(): void;
}

/** Starts a worker and reports its end once: an error, an exit, or silence of its beats. */
export function watchWorker(options: {
  readonly name: string;
  readonly entry: URL;
  readonly data: { readonly beats: Beats };
  readonly silenceMsMax: number;
  readonly clock: Clock;
  readonly spawn: Spawn;
  onEnd(end: { reason: string; silentMs: number | null }): void;
}): WatchedWorker {
  const { name, clock, data } = options;
  const worker = options.spawn(options.entry, { name: `holdfast-${name}`, workerData: data });
  const first = readBeat(data.beats, 'worker');
  let pulse = firstPulse(first, clock.monotonicMs());
  let released = false;

  const end = (reason: string, silentMs: number | null) => {
    if (released) return;
    release();
    options.onEnd({ reason, silentMs });
  };
  const endLooks = every(clock, BEAT_INTERVAL_MS, () => {
    const look = { beat: readBeat(data.beats, 'worker'), nowMs: clock.monotonicMs() };
    const started = look.beat !== first;
    pulse = nextPulse(pulse, look, started ? options.silenceMsMax : START_SILENCE_MS_MAX);
    if (pulse.state === 'silent') {
      end(`it was silent for ${Math.round(pulse.silentMs)} ms`, pulse.silentMs);
    }
  });
  const release = () => {
    released = true;
    endLooks();
  };
  worker.on('error', (error) =>
    end(error instanceof Error ? (error.stack ?? error.message) : String(error), null),
  );
  worker.on('exit', (code) => end(`it exited with code ${code}`, null));
  return { worker, release };
}
