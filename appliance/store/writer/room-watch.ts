import type { Clock } from '#contracts/clock.ts';
import { DISK_LOOK_MS, RESERVE_FIRST_MS, RESERVE_RETRY_MS } from '../limits.ts';
import type { StatsBoard } from '../stats-board.ts';
import type { Disk } from './disk.ts';

export interface RoomWatch {
  /** The keeper has tried to lay the reserve. */
  onReserve(isLaid: boolean): void;
  end(): void;
}

/** Looks at the room that is left while nobody commits, tells it, and has the reserve laid when it can be. */
export function watchRoom(disk: Disk, board: StatsBoard, clock: Clock, layReserve: () => void): RoomWatch {
  let isAsked = false;
  let dueAtMs = clock.monotonicMs() + RESERVE_FIRST_MS;
  let cancel = (): void => {};

  const look = (): void => {
    board.setDisk(disk.state());
    board.set('freeBytes', disk.freeBytes());
    if (!isAsked && clock.monotonicMs() >= dueAtMs && disk.isReserveDue()) {
      isAsked = true;
      layReserve();
    }
    cancel = clock.after(DISK_LOOK_MS, look);
  };
  look();
  return {
    onReserve(isLaid) {
      isAsked = false;
      if (!isLaid) dueAtMs = clock.monotonicMs() + RESERVE_RETRY_MS;
    },
    end: () => cancel(),
  };
}
