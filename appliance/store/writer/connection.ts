import type { ApplianceError } from '#contracts/errors.ts';
import type { HistoryRing } from '../history/ring.ts';
import type { FromWriter, ToWriter, WireError } from '../messages.ts';
import type { Port } from '../port.ts';
import { toWire } from '../wire-error.ts';
import { createLiveFeed, type Fresh } from './live-feed.ts';
import type { LogTable } from './log-table.ts';
import type { Asker, Writer } from './writer.ts';

export interface Connection {
  publish(fresh: Fresh): void;
  end(error: WireError): void;
}

export interface ConnectionParts {
  readonly writer: Writer;
  readonly log: LogTable;
  readonly ring: HistoryRing;
  /** There is something to write. */
  schedule(): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  onGone(connection: Connection): void;
}

/** One client's end in the store thread. */
export function serveClient(port: Port, parts: ConnectionParts): Connection {
  const { writer, log, ring, schedule } = parts;
  const post = (message: FromWriter): void => port.postMessage(message);
  const feed = createLiveFeed(post);
  const asker: Asker = { answer: (answers) => post({ kind: 'answers', answers }) };
  const connection: Connection = {
    publish: feed.publish,
    end: (error) => post({ kind: 'ended', error }),
  };

  port.on('message', (message: ToWriter) => {
    switch (message.kind) {
      case 'commits':
        writer.take(asker, message.commits);
        return schedule();
      case 'history':
        ring.take(message.samples, message.droppedCount);
        post({ kind: 'history-taken', count: message.samples.length });
        return schedule();
      case 'follow':
        feed.follow(message.followId, message.filter);
        return post({ kind: 'following', followId: message.followId, head: log.end().head });
      case 'unfollow':
        return feed.unfollow(message.followId);
      case 'watch':
        return feed.watch(message.isOn);
      case 'taken':
        return feed.taken(message.bytes, log.end().head);
      case 'warn':
        return parts.warn(message.fields, message.message);
    }
  });
  port.on('close', () => parts.onGone(connection));
  return connection;
}

/** Tells a client that it is one too many. Nothing it sends is taken. */
export function turnAway(port: Port, error: ApplianceError): void {
  const message: FromWriter = { kind: 'ended', error: toWire(error) };
  port.postMessage(message);
}
