import type { StoreOp } from '#contracts/store.ts';
import type { BrokerLimits } from '../limits.ts';
import type { OwedMessage } from '../persistence/rows.ts';
import type { Session } from './session.ts';

/** The connection, as its session sees it. */
export interface Wire {
  send(bytes: Buffer): void;
  /** So much is waiting to be taken by the peer that what can wait had better. */
  readonly busy: boolean;
  /** More is waiting to be taken by the peer than we are willing to hold. */
  readonly congested: boolean;
  fail(reason: string): void;
}

export interface SessionParts {
  readonly limits: BrokerLimits;
  /** Rows of this queue above `after`, oldest first. */
  read(clientId: string, after: number, countMax: number): Promise<readonly OwedMessage[]>;
  /** Deletes and marks rows; resolves when that is on disk. */
  settle(ops: readonly StoreOp[]): Promise<void>;
  /** Called for each message that was given up. */
  onDropped(session: Session, count: number): void;
}
