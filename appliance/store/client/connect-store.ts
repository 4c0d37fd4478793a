import { type Clock, systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { FollowOptions, History, SqlRow, Store } from '#contracts/store.ts';
import type { FromWriter, ToWriter, WireCommit } from '../messages.ts';
import type { Port } from '../port.ts';
import { asError } from '../wire-error.ts';
import { createCommitClient } from './commit-client.ts';
import { encodeCommit } from './encode.ts';
import { createHistoryClient } from './history-client.ts';
import { createLiveClient } from './live-client.ts';
import { createLogClient } from './log-client.ts';
import { createReaderClient } from './reader-client.ts';

/** The store as one thread has it. */
export interface StoreClient extends Store {
  readonly history: History;
  /** Ends followers, waits for what was committed, lets go of the port. The store itself goes on. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly clock?: Clock;
}

/** Makes a port of `StoreHost.connect()` into a store, in whatever thread it was sent to. */
export function connectStore(port: Port, { clock = systemClock }: ConnectOptions = {}): StoreClient {
  const post = (message: ToWriter): void => port.postMessage(message);
  const commits = createCommitClient((batch) => post({ kind: 'commits', commits: batch }));
  const reader = createReaderClient();
  const log = createLogClient(reader);
  const history = createHistoryClient(reader, post);
  const live = createLiveClient(clock, post);
  let isClosing = false;

  const end = (error: ApplianceError): void => {
    isClosing = true;
    commits.close(error);
    reader.close(error);
    void live.end();
    port.close();
  };
  port.on('message', (message: FromWriter) => {
    switch (message.kind) {
      case 'hello':
        return reader.connect(message.reader);
      case 'answers':
        return commits.answers(message.answers);
      case 'history-taken':
        return history.onTaken(message.count);
      case 'ended':
        return end(asError(message.error));
      default:
        return live.onMessage(message);
    }
  });
  // The store's thread is gone without a word: what was asked may or may not be on the disk.
  port.on('close', () => end(new ApplianceError('STORE_BROKEN', { problem: 'its thread has ended' })));

  const skip = async (consumer: string, handed: number, to: number): Promise<void> => {
    const op = ['skip', consumer, handed, to] as const;
    await commits.commit((id): WireCommit => ({ id, class: 'reserved', bytes: 0, ops: [op] }));
  };
  const tellRetry = ({ consumer }: FollowOptions, error: unknown): void => {
    const message = 'a batch of the log was not handled and is handed out again';
    post({ kind: 'warn', fields: { consumer, problem: describe(error) }, message });
  };

  return {
    ...log,
    history,
    commit: async (ops, options = {}) => commits.commit((id) => encodeCommit(id, ops, options)),
    query: (statement, params = {}) => reader.read<readonly SqlRow[]>({ read: 'query', statement, params }),
    watchHead: live.watchHead,
    follow: (options, handle) =>
      live.follow({
        options,
        handle,
        readMark: () => log.mark(options.consumer),
        readBatch: (after) => log.readBatch(after, options, options.batchCountMax),
        skip: (handed, to) => skip(options.consumer, handed, to),
        onRetry: (error) => tellRetry(options, error),
      }),
    async close() {
      if (isClosing) return;
      isClosing = true;
      await live.end();
      await commits.idle();
      end(new ApplianceError('STORE_CLOSED'));
    },
  };
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
