import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Auditor } from './auditor.ts';
import type { Connection } from './connection/connection.ts';
import type { SiteAedes } from './connection/site-aedes.ts';
import type { Grants } from './grants.ts';
import type { Handlers } from './handlers.ts';
import type { BrokerLimits } from './limits.ts';
import type { Committer } from './persistence/committer.ts';
import type { Subscriptions } from './persistence/subscriptions.ts';
import type { Router } from './router.ts';
import type { Sessions } from './session/sessions.ts';
import type { TokenBuckets } from './token-buckets.ts';

/** Proves who a client is; handed in by the composition root. */
export type Authenticate = (user: string, password: string) => Promise<boolean>;

/** What a connection needs of the broker. Made once by `startBroker`. */
export interface House {
  readonly limits: BrokerLimits;
  readonly packetBytesMax: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly authenticate: Authenticate;
  readonly grants: ReadonlyMap<string, Grants>;
  readonly auditor: Auditor;
  readonly sessions: Sessions;
  readonly subscriptions: Subscriptions;
  readonly router: Router;
  readonly handlers: Handlers;
  readonly committer: Committer;
  readonly aedes: SiteAedes;
  /** Refused credentials by address. */
  readonly refusals: TokenBuckets;
  /** Connections past CONNECT, by client id. */
  readonly connections: Map<string, Connection>;
  /** Every open socket. */
  readonly sockets: Set<Connection>;
  readonly counts: { received: number; connects: number };
}
