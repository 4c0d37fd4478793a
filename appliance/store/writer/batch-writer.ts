import { ApplianceError } from '#contracts/errors.ts';
import type { WireCommit } from '../messages.ts';
import { faultOf } from '../sqlite-faults.ts';
import type { Disk } from './disk.ts';
import type { Outcome, RunBatch } from './transaction.ts';

export interface BatchWriterParts {
  readonly runBatch: RunBatch;
  readonly disk: Disk;
  onBroken(error: ApplianceError): void;
}

export type BatchWriter = (batch: readonly WireCommit[]) => Outcome[];

/**
 * Writes a batch, and when the disk or one commit spoils it, keeps what can be kept without the culprit. Every
 * commit gets its outcome: this does not throw.
 */
export function createBatchWriter({ runBatch, disk, onBroken }: BatchWriterParts): BatchWriter {
  const write: BatchWriter = (batch) => {
    try {
      return runBatch(batch);
    } catch (error) {
      switch (faultOf(error)) {
        case 'room':
        case 'write':
          return withoutRoom(batch, error);
        case 'lock':
          return refuseAll(
            batch,
            new ApplianceError('STORE_BUSY', { waiting: batch.length, what: 'commits' }),
          );
        case 'commit':
          // A constraint that SQLite checks at COMMIT only: found by writing them one by one.
          if (batch.length > 1) return batch.flatMap((one) => write([one]));
          return refuseAll(batch, asApplianceError(error));
        case 'fatal': {
          const broken = new ApplianceError('STORE_BROKEN', { problem: String(error) }, { cause: error });
          onBroken(broken);
          return refuseAll(batch, broken);
        }
      }
    }
  };

  const withoutRoom = (batch: readonly WireCommit[], error: unknown): Outcome[] => {
    disk.refused();
    const refused = disk.error(String(error), faultOf(error) === 'room');
    const reserved = batch.filter((commit) => commit.class === 'reserved');
    const released = reserved.length > 0 && disk.releaseReserve();
    // Fewer commits may fit where all did not, and the reserve may just have made room for them.
    const isWorthAnother = reserved.length > 0 && (released || reserved.length < batch.length);
    const outcomes = isWorthAnother ? write(reserved) : [];
    const kept = new Map(reserved.map((commit, index) => [commit, outcomes[index]]));
    return batch.map((commit) => kept.get(commit) ?? { done: false, error: refused });
  };

  return write;
}

const refuseAll = (batch: readonly WireCommit[], error: ApplianceError): Outcome[] =>
  batch.map(() => ({ done: false, error }));

const asApplianceError = (error: unknown): ApplianceError =>
  error instanceof ApplianceError
    ? error
    : new ApplianceError('STORE_STATEMENT', { statement: 'store.commit', problem: String(error) });
