import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import type { StoreModule } from '#contracts/store.ts';
import { brokerStoreModule, defaultLimits } from '../../appliance/broker/index.ts';
import { Committer } from '../../appliance/broker/persistence/committer.ts';
import { StorePersistence } from '../../appliance/broker/persistence/persistence.ts';
import { QueueIndex } from '../../appliance/broker/persistence/queue-index.ts';
import { Retained } from '../../appliance/broker/persistence/retained.ts';
import { Subscriptions } from '../../appliance/broker/persistence/subscriptions.ts';
import { openStore } from '../../appliance/store/index.ts';

/** What the suite of aedes-persistence expects of node:test. */
interface SuiteContext {
  readonly assert: typeof assert;
  plan(count: number): void;
  diagnostic(): void;
}
type SuiteTest = (name: string, run: (context: SuiteContext) => Promise<void>) => void;
type Suite = (options: {
  test: SuiteTest;
  persistence: () => Promise<StorePersistence>;
  testAsync: true;
}) => void;

const runSuite: Suite = createRequire(import.meta.url)('aedes-persistence/abstract.js');

/** An `assert` that counts, so that `plan` means what it means in node:test. */
function countingContext(): SuiteContext & { check(): void } {
  let planned: number | undefined;
  let count = 0;
  const counting = new Proxy(assert, {
    get(target, name, receiver) {
      count += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  return {
    assert: counting,
    plan(wanted) {
      planned = wanted;
    },
    diagnostic() {},
    check() {
      if (planned !== undefined) assert.equal(count, planned, 'assertions as planned');
    },
  };
}

// One store for all; opening one takes longer than most of these tests.
const tables = ['sessions', 'subscriptions', 'retained', 'outgoing', 'incoming', 'wills'];
const module: StoreModule = {
  ...brokerStoreModule,
  writes: {
    ...brokerStoreModule.writes,
    ...Object.fromEntries(tables.map((table) => [`wipe-${table}`, `DELETE FROM broker_${table}`])),
  },
};
const dir = mkdtempSync(join(tmpdir(), 'holdfast-suite-'));
const opening = openStore({ dir, modules: [module], log: silentLog });
afterAll(async () => {
  await (await opening).close();
  rmSync(dir, { recursive: true, force: true });
});

async function openPersistence(): Promise<StorePersistence> {
  const store = await opening;
  await store.commit(tables.map((table) => ({ op: 'run', statement: `broker.wipe-${table}`, params: {} })));
  const committer = new Committer(store, defaultLimits.commitOpsMax);
  const queues = new Map<string, QueueIndex>();
  return new StorePersistence({
    store,
    committer,
    retained: new Retained(committer, systemClock, silentLog, defaultLimits),
    subscriptions: new Subscriptions(),
    queueOf(clientId) {
      const queue = queues.get(clientId) ?? new QueueIndex();
      queues.set(clientId, queue);
      return queue;
    },
  });
}

runSuite({
  test: (name, run) =>
    test(name, async () => {
      const context = countingContext();
      await run(context);
      context.check();
    }),
  persistence: openPersistence,
  testAsync: true,
});
