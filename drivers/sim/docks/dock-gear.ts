import type { PlaceConfig } from '#contracts/site-file.ts';

/** One loading dock: a roller door and a hook that holds the vehicle, each with its limit switches. */
export interface DockGear {
  readonly place: string;
  /** Words that the appliance writes. */
  doorWord: boolean;
  restrainWord: boolean;
  /** 0 closed, 1 open. */
  door: number;
  /** 0 free, 1 holds. */
  hook: number;
  /** The hook is stuck where it is. */
  stuck: boolean;
}

export const createDocks = (places: readonly PlaceConfig[]): readonly DockGear[] =>
  places
    .filter(({ kind }) => kind === 'dock')
    .map(({ id }) => ({ place: id, doorWord: false, restrainWord: false, door: 0, hook: 0, stuck: false }));
