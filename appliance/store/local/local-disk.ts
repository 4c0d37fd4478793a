import Database from 'better-sqlite3';
import { systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { StoreModule } from '#contracts/store.ts';
import type { CrashPoint } from '../crash-points.ts';
import type { Db } from '../database.ts';
import { logReader } from '../reader/read-log.ts';
import { applyMigrations } from '../writer/migrations.ts';
import { bootstrapSql, coreModule } from '../writer/schema.ts';
import { compileReads, compileWrites } from '../writer/statements.ts';
import { type LocalParts, type LocalStore, startLocalStore } from './local-store.ts';

/** The crash points that a store in one thread passes: it has no keeper, no history and no clean stop. */
export const localCrashPoints = [
  'before-begin',
  'after-begin',
  'after-append',
  'after-run',
  'after-mark',
  'after-savepoint',
  'before-commit',
  'after-commit-before-answer',
  'after-answer',
] as const satisfies readonly CrashPoint[];

/** A disk in memory, for tests: it outlives the stores that are started on it, as a disk outlives a power cut. */
export interface LocalDisk {
  /**
   * Starts a store on what the disk holds, in the calling thread: the code of the real one from the client to the
   * transaction, without its threads and without a flush. What ran before is cut off.
   */
  start(options: LocalStartOptions): LocalStore;
  close(): void;
}

export interface LocalStartOptions {
  readonly clock: LocalParts['clock'];
  /** Called at every crash point that is passed; true cuts the store off right there. */
  readonly isCutAt?: (point: CrashPoint) => boolean;
  /** The store was cut off at that point. */
  readonly onCut?: (point: CrashPoint) => void;
}

/** Errors: STORE_UNFIT when a module's tables or statements do not compile. */
export function openLocalDisk(modules: readonly StoreModule[]): LocalDisk {
  const db = new Database(imageOf(modules));
  const compiled = {
    db,
    writes: compileWrites(db, modules),
    reads: compileReads(db, modules),
    log: logReader(db),
  };
  let running: LocalStore | undefined;
  return {
    start({ clock, isCutAt = () => false, onCut = () => {} }) {
      running?.cut();
      if (!db.open) throw new ApplianceError('STORE_CLOSED');
      running = startLocalStore({ ...compiled, clock, isCutAt, onCut });
      return running;
    },
    close() {
      running?.cut();
      db.close();
    },
  };
}

const images = new WeakMap<readonly StoreModule[], Buffer>();

/** An empty site with all its tables, made once: ten thousand tests begin on a copy of it. */
function imageOf(modules: readonly StoreModule[]): Buffer {
  const known = images.get(modules);
  if (known !== undefined) return known;
  const db: Db = new Database(':memory:');
  db.exec(bootstrapSql);
  const at = new Date(systemClock.nowMs()).toISOString();
  applyMigrations(db, [coreModule, ...modules], at, () => {});
  const image = db.serialize();
  db.close();
  images.set(modules, image);
  return image;
}
