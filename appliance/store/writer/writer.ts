import type { Clock } from '#contracts/clock.ts';
import type { ApplianceError } from '#contracts/errors.ts';
import type { Crash } from '../crash-points.ts';
import { BATCH_BYTES_MAX, BATCH_OPS_MAX } from '../limits.ts';
import type { CommitAnswer, CommitClass, WireCommit } from '../messages.ts';
import type { StatsBoard } from '../stats-board.ts';
import { toWire } from '../wire-error.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { Disk } from './disk.ts';
import { admits } from './disk-state.ts';
import { eventsOf, type Fresh } from './live-feed.ts';
import type { LogTable } from './log-table.ts';
import type { Outcome } from './transaction.ts';

/** Who asked; answers go back there. */
export interface Asker {
  answer(answers: readonly CommitAnswer[]): void;
}
interface Queued {
  readonly asker: Asker;
  readonly commit: WireCommit;
}

export interface WriterParts {
  readonly log: LogTable;
  readonly writeAll: BatchWriter;
  readonly disk: Disk;
  readonly board: StatsBoard;
  readonly clock: Clock;
  readonly crash: Crash;
  publish(fresh: Fresh): void;
}

type State = { state: 'open' } | { state: 'ended'; error: ApplianceError };

export interface Writer {
  take(asker: Asker, commits: readonly WireCommit[]): void;
  /** Writes one batch of what is queued. True when more waits. */
  writeBatch(): boolean;
  /** Refuses what is queued and what comes, with this. */
  end(error: ApplianceError): void;
  readonly isEnded: boolean;
}

/**
 * The queue before the disk. Whatever has queued up becomes one transaction; each asker gets its answers after
 * the flush, and in one message.
 */
export function createWriter({ log, writeAll, disk, board, clock, crash, publish }: WriterParts): Writer {
  const queue: Queued[] = [];
  let state: State = { state: 'open' };

  const refusal = (commit: WireCommit): ApplianceError | null => {
    if (state.state === 'ended') return state.error;
    const room = disk.state();
    board.setDisk(room);
    return admits(room, commit.class) ? null : disk.error('there is no room', true);
  };

  const write = (batch: readonly Queued[]): Outcome[] => {
    const startMs = clock.monotonicMs();
    const outcomes = writeAll(batch.map(({ commit }) => commit));
    const tookMs = clock.monotonicMs() - startMs;
    board.add('batchCount');
    board.set('batchMsLast', tookMs);
    board.max('batchMsMax', tookMs);
    board.add('batchMsSum', tookMs);
    board.set('head', log.end().head);
    return outcomes;
  };

  const count = ({ class: kind }: WireCommit, outcome: Outcome): void => {
    if (outcome.done) board.add('commitCount');
    else countRefusal(board, kind, outcome.error);
  };

  return {
    get isEnded() {
      return state.state === 'ended';
    },
    take(asker, commits) {
      const refused: CommitAnswer[] = [];
      for (const commit of commits) {
        const error = refusal(commit);
        if (error === null) {
          queue.push({ asker, commit });
          continue;
        }
        countRefusal(board, commit.class, error);
        refused.push({ id: commit.id, error: toWire(error) });
      }
      if (refused.length > 0) asker.answer(refused);
      board.set('queuedCount', queue.length);
    },
    writeBatch() {
      const batch = takeBatch(queue);
      if (batch.length === 0) return false;
      const after = log.end().head;
      const outcomes = write(batch);
      crash('after-commit-before-answer');
      batch.forEach(({ commit }, index) => {
        const outcome = outcomes[index];
        if (outcome !== undefined) count(commit, outcome);
      });
      board.set('queuedCount', queue.length);
      answerAll(batch, outcomes);
      crash('after-answer');
      const events = eventsOf(batch.flatMap(({ commit }, index) => (outcomes[index]?.done ? [commit] : [])));
      board.add('eventCount', events.length);
      if (events.length > 0) publish({ after, head: log.end().head, events });
      return queue.length > 0;
    },
    end(error) {
      if (state.state === 'open') state = { state: 'ended', error };
      for (const { asker, commit } of queue.splice(0)) {
        asker.answer([{ id: commit.id, error: toWire(error) }]);
      }
    },
  };
}

function countRefusal(board: StatsBoard, kind: CommitClass, { code }: ApplianceError): void {
  if (code === 'STORE_CONFLICT' || code === 'STORE_DUPLICATE') board.add('conflictCount');
  if (code !== 'STORE_FULL' && code !== 'STORE_IO') return;
  board.add(kind === 'telemetry' ? 'telemetryRefusedCount' : 'refusedCount');
}

function answerAll(batch: readonly Queued[], outcomes: readonly Outcome[]): void {
  const perAsker = new Map<Asker, CommitAnswer[]>();
  batch.forEach(({ asker, commit: { id } }, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) return;
    const answers = perAsker.get(asker) ?? [];
    perAsker.set(asker, answers);
    answers.push(outcome.done ? { id, first: outcome.first } : { id, error: toWire(outcome.error) });
  });
  for (const [asker, answers] of perAsker) asker.answer(answers);
}

function takeBatch(queue: Queued[]): Queued[] {
  let ops = 0;
  let bytes = 0;
  const end = queue.findIndex(({ commit }) => {
    const isFull = ops + commit.ops.length > BATCH_OPS_MAX || bytes + commit.bytes > BATCH_BYTES_MAX;
    // One commit is written, however large.
    const isOver = ops > 0 && isFull;
    ops += commit.ops.length;
    bytes += commit.bytes;
    return isOver;
  });
  return queue.splice(0, end === -1 ? queue.length : end);
}
