import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';
import type { Attempts } from './attempts.ts';
import type { Audit } from './audit.ts';
import type { Passwords } from './passwords.ts';
import type { Turns } from './turns.ts';

/** What the parts of identity share. Made once by `openIdentity`. */
export interface IdentityParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly turns: Turns;
}
