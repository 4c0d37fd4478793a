import type { House } from './house.ts';
import type { Retained } from './persistence/retained.ts';

export interface BrokerStats {
  readonly connections: number;
  /** Sessions, those of absent clients included. */
  readonly sessions: number;
  readonly subscriptions: number;
  readonly retainedCount: number;
  readonly retainedBytes: number;
  /** Messages owed to sessions at QoS 1 and 2, and their bytes. */
  readonly queuedCount: number;
  readonly queuedBytes: number;
  readonly inflightCount: number;
  /** Since the start: */
  readonly connectsTotal: number;
  readonly receivedTotal: number;
  readonly deliveredTotal: number;
  readonly refusedTotal: number;
  /** Delivered, but not kept: there are too many retained messages. */
  readonly retainedRefusedTotal: number;
  /** Given up because a queue was full, or with their session. */
  readonly droppedTotal: number;
  /** Stored sessions given up: to make room, or because their user lost its password. */
  readonly sessionsGivenUpTotal: number;
  /** QoS 0 messages not sent to a client that did not read, or to a subscriber inside that did not keep up. */
  readonly droppedQos0Total: number;
  readonly commitsTotal: number;
  readonly committedOpsTotal: number;
}

export function collectStats(house: House, retained: Retained): BrokerStats {
  const queues = { count: 0, bytes: 0, inflight: 0, dropped0: house.handlers.droppedCount };
  for (const session of house.sessions.values()) {
    queues.count += session.index.count;
    queues.bytes += session.index.bytes;
    queues.inflight += session.inflightCount;
    queues.dropped0 += session.droppedQos0;
  }
  const kept = retained.counts;
  const audit = house.auditor.counts;
  const commits = house.committer.counts;
  return {
    connections: house.connections.size,
    sessions: house.sessions.size,
    subscriptions: house.subscriptions.size,
    retainedCount: kept.count,
    retainedBytes: kept.bytes,
    queuedCount: queues.count,
    queuedBytes: queues.bytes,
    inflightCount: queues.inflight,
    connectsTotal: house.counts.connects,
    receivedTotal: house.counts.received,
    deliveredTotal: house.router.deliveredCount,
    refusedTotal: audit.refusals,
    retainedRefusedTotal: kept.refused,
    droppedTotal: audit.dropped,
    sessionsGivenUpTotal: house.sessions.givenUpCount,
    droppedQos0Total: queues.dropped0 + house.sessions.droppedQos0Before,
    commitsTotal: commits.commits,
    committedOpsTotal: commits.operations,
  };
}
