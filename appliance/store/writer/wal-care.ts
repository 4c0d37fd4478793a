import { statSync } from 'node:fs';
import type { Clock } from '#contracts/clock.ts';
import { type Db, walPages } from '../database.ts';
import {
  CHECKPOINT_PAGES,
  PAGE_BYTES,
  WAL_LOOK_MS,
  WAL_PAGES_MAX,
  WAL_REMAINDER_PAGES,
  WAL_RESTART_PAGES,
} from '../limits.ts';

export interface WalCare {
  /** Call after each batch. */
  look(): void;
  /** The keeper has copied what there was. */
  copied(): void;
}

export interface WalCareParts {
  readonly db: Db;
  readonly file: string;
  readonly clock: Clock;
  askKeeper(): void;
  onSizes(walBytes: number, databaseBytes: number): void;
  onProblem(error: unknown): void;
}

export type WalAct = 'none' | 'ask-keeper' | 'copy-now';

/**
 * What a write-ahead log of `pages`, `copied` of them in the file already, needs. The keeper copies beside the
 * commits, so under load it never reaches the very end, and only a log copied to its end starts again from
 * its beginning: past a length the store thread copies the small remainder itself.
 */
export function walAct(pages: number, copied: number, isKeeperBusy: boolean): WalAct {
  const left = pages - copied;
  if (pages >= WAL_PAGES_MAX) return 'copy-now';
  if (pages >= WAL_RESTART_PAGES && left > 0 && left <= WAL_REMAINDER_PAGES && !isKeeperBusy)
    return 'copy-now';
  return left >= CHECKPOINT_PAGES && !isKeeperBusy ? 'ask-keeper' : 'none';
}

export function careForWal({ db, file, clock, askKeeper, onSizes, onProblem }: WalCareParts): WalCare {
  let lookedMs = Number.NEGATIVE_INFINITY;
  let isKeeperBusy = false;
  const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

  const act = (pages: number, copied: number): void => {
    switch (walAct(pages, copied, isKeeperBusy)) {
      case 'copy-now':
        checkpoint.all();
        break;
      case 'ask-keeper':
        isKeeperBusy = true;
        askKeeper();
        break;
      case 'none':
    }
  };

  return {
    look() {
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedMs < WAL_LOOK_MS) return;
      lookedMs = nowMs;
      try {
        const { pages, copied } = walPages(db);
        onSizes(pages * PAGE_BYTES, statSync(file).size);
        act(pages, copied);
      } catch (error) {
        // A checkpoint that fails loses nothing; a disk that is broken shows at the next commit.
        onProblem(error);
      }
    },
    copied() {
      isKeeperBusy = false;
      lookedMs = Number.NEGATIVE_INFINITY;
    },
  };
}
