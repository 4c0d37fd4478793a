import { ApplianceError } from '#contracts/errors.ts';
import { FRAMES_WAITING_MAX } from './limits.ts';

/** A bounded amount of something (bytes, hands) that tasks take in the order in which they asked. */
export interface Room {
  /** Resolves with the function that gives it back. Errors: SYNC_BUSY when too many wait already. */
  take(amount: number): Promise<() => void>;
}

export function createRoom(total: number): Room {
  let free = total;
  const waiting: { amount: number; enter: () => void }[] = [];

  function admit(): void {
    for (let first = waiting[0]; first !== undefined && first.amount <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.amount;
      first.enter();
    }
  }

  return {
    async take(amount) {
      // Nothing can be larger than the whole, or it would wait for ever.
      const taken = Math.min(amount, total);
      if (waiting.length >= FRAMES_WAITING_MAX) {
        throw new ApplianceError('SYNC_BUSY', { framesMax: FRAMES_WAITING_MAX });
      }
      await new Promise<void>((enter) => {
        waiting.push({ amount: taken, enter });
        admit();
      });
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        free += taken;
        admit();
      };
    },
  };
}
