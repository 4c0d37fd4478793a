import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlParams, StoreOp } from '#contracts/store.ts';
import { connectStore, type StoreHost } from '../../appliance/store/index.ts';
import { CLIENTS_MAX } from '../../appliance/store/limits.ts';
import { append, openTestStore } from './site.ts';

describe('another client', () => {
  test('in a thread of its own has all the store has', async () => {
    const store = await openTestStore();
    const port = store.connect();
    const workerData = { port, count: 30 };
    const entry = new URL('client-thread.ts', import.meta.url);
    const thread = new Worker(entry, { workerData, transferList: [port], execArgv: [] });
    // Awaited from the beginning: a thread that ends at once brings its last message and its exit in one turn.
    const exit = once(thread, 'exit');
    const [told] = await once(thread, 'message');
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    expect(told).toEqual({ offsets: numbers.map((n) => n + 1), followed: numbers.map(String), mark: 30 });
    await exit;
    expect(await store.commit([append('goes on')])).toEqual([31]);
  });

  test('that closes waits for its commits, and the store goes on', async () => {
    const store = await openTestStore();
    const client = connectStore(store.connect());
    const commits = Array.from({ length: 3_000 }, () => client.commit([append('x')]));
    await client.close();
    expect((await Promise.all(commits)).length).toBe(3_000);
    await expect(client.commit([append('x')])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(await store.head()).toBe(3_000);
  });

  test('is told when the store closes', async () => {
    const store = await openTestStore();
    const client = connectStore(store.connect());
    expect(await client.head()).toBe(0);
    const end = client.follow({ consumer: 'c', batchCountMax: 1 }, async () => {});
    await store.close();
    await expect(client.commit([append('x')])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(client.readLog(OFFSET_NONE, { countMax: 1 })).rejects.toMatchObject({
      code: 'STORE_CLOSED',
    });
    await end();
  });

  test('beyond the number the store serves at a time is refused', async () => {
    const store = await openTestStore();
    // The store's own client is one of them.
    const clients = Array.from({ length: CLIENTS_MAX - 1 }, () => connectStore(store.connect()));
    const oneTooMany = connectStore(store.connect());
    await expect(oneTooMany.commit([append('x')])).rejects.toMatchObject({ code: 'STORE_BUSY' });
    const answers = await Promise.all(clients.map((client) => client.commit([append('x')])));
    expect(answers).toHaveLength(CLIENTS_MAX - 1);
    await Promise.all(clients.map((client) => client.close()));
    expect(await store.commit([append('x')])).toEqual([CLIENTS_MAX]);
  });

  test.each([
    ['a commit', (store: StoreHost) => store.commit([badOp])],
    ['a query', (store: StoreHost) => store.query('jobs.all', badParams)],
  ])('%s with something that cannot cross to a thread is refused alone', async (_, act) => {
    const store = await openTestStore();
    const settled = await Promise.allSettled([
      store.commit([append('a')]),
      act(store),
      store.commit([append('b')]),
    ]);
    expect(settled).toMatchObject([
      { status: 'fulfilled', value: [1] },
      { status: 'rejected', reason: { code: 'STORE_STATEMENT' } },
      { status: 'fulfilled', value: [2] },
    ]);
  });
});

// What a caller without types may pass.
const badParams = JSON.parse('{}') as SqlParams;
Object.assign(badParams, { id: () => 'a function' });
const badOp: StoreOp = { op: 'run', statement: 'jobs.add', params: badParams };

test('a batch that keeps failing is told to the log', async () => {
  const told = Promise.withResolvers<object>();
  const log: Log = {
    debug() {},
    info() {},
    warn: (fields) => told.resolve(fields),
    error() {},
    child: () => log,
  };
  const store = await openTestStore({ log });
  const end = store.follow({ consumer: 'broken', batchCountMax: 1 }, () =>
    Promise.reject(new Error('no such saga')),
  );
  await store.commit([append('x')]);
  expect(await told.promise).toMatchObject({
    consumer: 'broken',
    problem: expect.stringContaining('no such saga'),
  });
  await end();
});
