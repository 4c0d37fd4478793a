import type { Clock } from '#contracts/clock.ts';
import type { TagSample, TagValue } from '#contracts/tags.ts';
import type { Crash } from '../crash-points.ts';
import type { Db } from '../database.ts';
import { HISTORY_BATCH_COUNT, HISTORY_PRUNE_COUNT, HISTORY_WAITING_MAX, PAGE_BYTES } from '../limits.ts';
import type { StatsBoard } from '../stats-board.ts';

export interface RingLimits {
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

export interface HistoryRing {
  /** `droppedCount`: what the client had to drop before these. */
  take(samples: readonly TagSample[], droppedCount: number): void;
  /** Writes one batch and lets the oldest go. True when more waits. */
  writeBatch(): boolean;
  /** Writes what waits. */
  drain(): void;
}

export interface RingParts {
  readonly db: Db;
  readonly limits: RingLimits;
  readonly board: StatsBoard;
  readonly clock: Clock;
  readonly crash: Crash;
  /** False while the disk has no room for history. */
  hasRoom(): boolean;
  onProblem(error: unknown): void;
}

/**
 * Writes tag samples, best effort: what does not fit into the queue or onto the disk is dropped and counted.
 * Runs in the store thread between commits, in batches small enough that no commit waits long.
 */
export function createHistoryRing({
  db,
  limits,
  board,
  clock,
  crash,
  hasRoom,
  onProblem,
}: RingParts): HistoryRing {
  const waiting: TagSample[] = [];
  const insertAll = ringTransaction(db, limits, clock, crash);
  const drop = (count: number): void => board.add('historyDroppedCount', count);

  return {
    take(samples, droppedCount) {
      drop(droppedCount);
      const room = hasRoom() ? HISTORY_WAITING_MAX - waiting.length : 0;
      for (const sample of samples.slice(0, room)) waiting.push(sample);
      if (samples.length > room) drop(samples.length - room);
    },
    writeBatch() {
      const batch = waiting.splice(0, HISTORY_BATCH_COUNT);
      if (batch.length === 0) return false;
      try {
        insertAll(batch);
        crash('after-history-commit');
        board.add('historyWrittenCount', batch.length);
      } catch (error) {
        drop(batch.length);
        onProblem(error);
      }
      return waiting.length > 0;
    },
    drain() {
      while (this.writeBatch()) {}
    },
  };
}

function ringTransaction(
  db: Db,
  limits: RingLimits,
  clock: Clock,
  crash: Crash,
): (batch: readonly TagSample[]) => void {
  const insert = db.prepare(
    `INSERT INTO sample (tag, at_ms, stored_ms, value, is_boolean, quality, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const addTag = db.prepare('INSERT INTO tag (path) VALUES (?) ON CONFLICT DO NOTHING');
  const findTag = db.prepare('SELECT tag FROM tag WHERE path = ?').pluck();
  const dropOldest = db.prepare(
    `DELETE FROM sample WHERE sequence IN (SELECT sequence FROM sample ORDER BY sequence LIMIT ${HISTORY_PRUNE_COUNT})`,
  );
  const dropAged = db.prepare(
    `DELETE FROM sample WHERE sequence IN
       (SELECT sequence FROM sample ORDER BY sequence LIMIT ${HISTORY_PRUNE_COUNT}) AND stored_ms < ?`,
  );
  const tags = new Map<string, number>();

  const tagOf = (path: string): number => {
    const known = tags.get(path);
    if (known !== undefined) return known;
    addTag.run(path);
    const tag = Number(findTag.get(path));
    tags.set(path, tag);
    return tag;
  };

  const write = db.transaction((batch: readonly TagSample[]) => {
    const nowMs = clock.nowMs();
    for (const { path, value, quality, sourceTimeMs } of batch) {
      const reason = quality.level === 'good' ? null : quality.reason;
      const isBoolean = typeof value === 'boolean' ? 1 : 0;
      insert.run(tagOf(path), sourceTimeMs, nowMs, columnOf(value), isBoolean, quality.level, reason);
    }
    dropAged.run(nowMs - limits.ageMsMax);
    // One slice per batch is four times what a batch brings, so the ring comes back under its size by itself.
    if (usedBytes(db) > limits.bytesMax) dropOldest.run();
    crash('before-history-commit');
  });

  return (batch) => {
    try {
      write.immediate(batch);
    } catch (error) {
      tags.clear();
      throw error;
    }
  };
}

const columnOf = (value: TagValue | null): string | number | null =>
  typeof value === 'boolean' ? Number(value) : value;

const usedBytes = (db: Db): number => {
  const pages = Number(db.pragma('page_count', { simple: true }));
  const free = Number(db.pragma('freelist_count', { simple: true }));
  return (pages - free) * PAGE_BYTES;
};
