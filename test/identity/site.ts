import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import { type Identity, identityStoreModule, openIdentity } from '../../appliance/identity/index.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';

/** A clock that stands until it is moved. */
export interface HandClock extends Clock {
  move(byMs: number): void;
}
export function handClock(startMs = Date.parse('2026-11-21T06:00:00Z')): HandClock {
  let passedMs = 0;
  return {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    after: (delayMs, run) => systemClock.after(delayMs, run),
    move(byMs) {
      passedMs += byMs;
    },
  };
}

export interface IdentitySite {
  readonly identity: Identity;
  readonly store: StoreHost;
  readonly dir: string;
  readonly clock: HandClock;
  events(): Promise<readonly AnyEvent[]>;
  restart(): Promise<IdentitySite>;
}

export interface IdentitySiteOptions {
  readonly dir?: string;
  readonly clock?: HandClock;
  readonly log?: Log;
}

export async function startIdentity(options: IdentitySiteOptions = {}): Promise<IdentitySite> {
  const dir = options.dir ?? temporaryFolder();
  const clock = options.clock ?? handClock();
  const store = await openStore({ dir, modules: [identityStoreModule], log: silentLog });
  onTestFinished(() => store.close());
  const identity = await openIdentity({
    store,
    clock,
    dataDir: dir,
    log: options.log ?? silentLog,
    site: 'test-site',
    // The real cost would make every test wait; one test holds it against the hash it makes.
    passwordCost: { logN: 10, r: 8, p: 1 },
  });
  return {
    identity,
    store,
    dir,
    clock,
    async events() {
      return (await store.readLog(OFFSET_NONE, { countMax: 1_000 })).map(({ event }) => event);
    },
    async restart() {
      await store.close();
      return startIdentity({ ...options, dir, clock });
    },
  };
}

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-identity-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
