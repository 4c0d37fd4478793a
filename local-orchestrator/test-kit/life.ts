import type { Clock } from '#contracts/clock.ts';
import type { Store } from '#contracts/store.ts';

/** Where the box can die, besides the points of its store. */
export const siteCrashPoints = [
  /** An attempt is on disk, and nobody has been told of it. */
  'before-dispatch',
  /** It has happened, and the engine has not heard of it. */
  'after-effect',
  'before-question',
  /** The device has said what became of it, and the engine has not heard. */
  'after-question',
  /** Something was acknowledged, and nothing has come of it yet. */
  'after-acknowledgement',
] as const;

/** A store that can be cut off, on a disk that stays. */
export interface TestStore extends Store {
  cut(): void;
  /** Messages to and from it so far: while it grows, something is going on. */
  traffic(): number;
  /** There while it has not answered, and resolves when it has. Only a store with threads of its own says so. */
  busy?(): Promise<void> | null;
  commits(): number;
}

/** What outlives a crash. The roof hands one in; see appliance/test-kit. */
export interface TestDisk {
  start(options: {
    readonly clock: Clock;
    readonly isCutAt: (point: string) => boolean;
    readonly onCut: (point: string) => void;
  }): TestStore;
  close(): void;
}

/** One life of the box, from its start to the moment the power goes. */
export interface Life {
  readonly clock: Clock;
  isOver(): boolean;
  /** Resolves when it is over. */
  readonly over: Promise<void>;
  /** Code that gets here goes on, unless the box dies here or has died: then it never does. */
  passes(point: string): Promise<void>;
}
