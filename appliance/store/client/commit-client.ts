import { ApplianceError } from '#contracts/errors.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import {
  COMMIT_BYTES_IN_FLIGHT_MAX,
  COMMIT_BYTES_WAITING_MAX,
  COMMITS_IN_FLIGHT_MAX,
  COMMITS_WAITING_MAX,
  MESSAGE_BYTES,
} from '../limits.ts';
import type { CommitAnswer, WireCommit } from '../messages.ts';
import { asError } from '../wire-error.ts';
import { createGate } from './gate.ts';

export interface CommitClient {
  commit(encode: (id: number) => WireCommit): Promise<readonly Offset[]>;
  answers(answers: readonly CommitAnswer[]): void;
  close(error: Error): void;
  idle(): Promise<void>;
}

/**
 * Sends commits. Small ones of one turn of the event loop cross as one message; a heavy load crosses as it
 * comes, so that the store thread writes while the caller still makes the next ones.
 */
export function createCommitClient(post: (commits: readonly WireCommit[]) => void): CommitClient {
  const gate = createGate<number>({
    what: 'commits',
    inFlightMax: COMMITS_IN_FLIGHT_MAX,
    bytesInFlightMax: COMMIT_BYTES_IN_FLIGHT_MAX,
    waitingMax: COMMITS_WAITING_MAX,
    bytesWaitingMax: COMMIT_BYTES_WAITING_MAX,
  });
  let unsent: WireCommit[] = [];
  let unsentBytes = 0;
  let lastId = 0;

  const flush = (): void => {
    if (unsent.length === 0) return;
    const commits = unsent;
    unsent = [];
    unsentBytes = 0;
    try {
      post(commits);
    } catch {
      commits.forEach(postAlone);
    }
  };
  // A parameter that cannot cross to another thread, such as a function, spoils only its own commit.
  const postAlone = (commit: WireCommit): void => {
    try {
      post([commit]);
    } catch (error) {
      const details = { statement: 'store.commit', problem: String(error) };
      gate.refuse(commit.id, new ApplianceError('STORE_STATEMENT', details));
    }
  };
  const send = (commit: WireCommit): void => {
    if (unsent.length === 0) queueMicrotask(flush);
    unsent.push(commit);
    unsentBytes += commit.bytes;
    if (unsentBytes >= MESSAGE_BYTES) flush();
  };

  return {
    async commit(encode) {
      lastId += 1;
      const commit = encode(lastId);
      const first = await gate.pass(commit.id, commit.bytes, () => send(commit));
      const count = commit.ops.reduce((sum, [op]) => sum + (op === 'append' ? 1 : 0), 0);
      return Array.from({ length: count }, (_, index) => offset(first + index));
    },
    answers(answers) {
      for (const answer of answers) {
        if ('error' in answer) gate.refuse(answer.id, asError(answer.error));
        else gate.answer(answer.id, answer.first);
      }
    },
    close: (error) => gate.close(error),
    idle: () => gate.idle(),
  };
}
