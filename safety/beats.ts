/**
 * Signs of life in shared memory: each thread counts up its own slot, the others look. Nothing is sent, so a thread
 * that is up to its neck in messages is still seen alive or dead for what it is.
 */
export type Beats = Int32Array<SharedArrayBuffer>;

/** Slots. `exitAsked` and `exitDone` are the last words between main and safety when the process ends. */
export const BEAT_SLOTS = { main: 0, worker: 1, exitAsked: 2, exitDone: 3 } as const;
export type BeatSlot = keyof typeof BEAT_SLOTS;

/** How often each thread counts up. */
export const BEAT_INTERVAL_MS = 50;

export const createBeats = (): Beats =>
  new Int32Array(new SharedArrayBuffer(Object.keys(BEAT_SLOTS).length * Int32Array.BYTES_PER_ELEMENT));

export const beat = (beats: Beats, slot: BeatSlot): void => {
  Atomics.add(beats, BEAT_SLOTS[slot], 1);
};

export const readBeat = (beats: Beats, slot: BeatSlot): number => Atomics.load(beats, BEAT_SLOTS[slot]);

/** Raises a flag and wakes whoever waits for it. */
export function raise(beats: Beats, slot: BeatSlot): void {
  Atomics.store(beats, BEAT_SLOTS[slot], 1);
  Atomics.notify(beats, BEAT_SLOTS[slot]);
}

/** Blocks the calling thread until the flag is up. Only for a thread that is about to end anyway. */
export function waitForFlag(beats: Beats, slot: BeatSlot, timeoutMs: number): boolean {
  if (readBeat(beats, slot) !== 0) return true;
  return Atomics.wait(beats, BEAT_SLOTS[slot], 0, timeoutMs) !== 'timed-out';
}
