import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommitOptions, DiskState, StoreOp } from '#contracts/store.ts';
import { classOf } from '../../appliance/store/client/encode.ts';
import type { CommitClass } from '../../appliance/store/messages.ts';
import { admits, nextDiskState } from '../../appliance/store/writer/disk-state.ts';
import { append, openTestStore, temporaryFolder } from './site.ts';

const EVERYTHING = Number.MAX_SAFE_INTEGER;
const entry = new URL('disk-child.ts', import.meta.url).pathname;

interface Report {
  readonly full: { readonly kept: number; readonly code: string };
  readonly head: number;
  readonly refusedAfterwards: number;
  readonly refusedCount: number;
}

async function report(command: string, parameters: readonly string[]): Promise<Report> {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await once(child, 'close');
  const line = said.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) throw new Error(`${command} ended without a report: ${errors}`);
  return JSON.parse(line) as Report;
}

describe('a disk that is full for real', () => {
  test('refuses orders, keeps what has reserved room, and recovers by itself', async () => {
    // A file system of its own in a mount namespace of its own: nothing is left behind, however it ends. Root
    // needs CAP_SYS_ADMIN for it, anybody else user namespaces; without either this fails and says which.
    const dir = join(temporaryFolder(), 'disk');
    mkdirSync(dir);
    const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const mount = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"';
    const told = await report('unshare', [
      '--mount',
      ...asRoot,
      'sh',
      '-c',
      mount,
      dir,
      process.execPath,
      entry,
      dir,
      'disk',
    ]);
    expect(told.full.kept).toBeGreaterThan(0);
    expect(told).toMatchObject({
      full: { code: 'STORE_FULL' },
      safety: 'kept',
      compensation: 'kept',
      // The share of the next start.
      reserveBytesLeft: 1_048_576,
      ordinary: 'STORE_FULL',
      disk: 'critical',
      counted: [{ count: told.full.kept + 2 }],
      head: told.full.kept + 4,
      chain: { state: 'whole', checkedCount: told.head },
    });
    expect(told.refusedAfterwards).toBeLessThan(200);
    expect(told.refusedCount).toBeGreaterThanOrEqual(2);
  });

  test('is told apart from a sick one also where SQLite says "cannot write"', async () => {
    const dir = temporaryFolder();
    const limit = '--fsize=8000000:unlimited';
    const told = await report('prlimit', [limit, process.execPath, entry, dir, 'limit']);
    expect(told.full.kept).toBeGreaterThan(0);
    expect(told).toMatchObject({
      full: { code: 'STORE_FULL' },
      // Room in other files does not help against a limit on this one.
      safety: 'STORE_FULL',
      compensation: 'STORE_FULL',
      counted: [{ count: told.full.kept + 1 }],
      head: told.full.kept + 1,
      chain: { state: 'whole' },
    });
    expect(told.refusedAfterwards).toBeLessThan(200);
  });
});

describe('room below', () => {
  const telemetry = append('t', { lane: 'telemetry' });

  test('the low mark refuses telemetry and history, counts them, and takes orders', async () => {
    const store = await openTestStore({ disk: { lowBytes: EVERYTHING, criticalBytes: 0, reserveBytes: 0 } });
    await expect(store.commit([telemetry])).rejects.toMatchObject({ code: 'STORE_FULL', retryable: true });
    expect(await store.commit([append('order')])).toEqual([1]);
    store.history.write([{ path: 'd/t', value: 1, quality: { level: 'good' }, sourceTimeMs: 1 }]);
    await store.commit([]);
    expect(store.stats()).toMatchObject({
      disk: 'low',
      telemetryRefusedCount: 1,
      historyDroppedCount: 1,
      refusedCount: 0,
    });
    expect(store.selfCheck.findings).toContainEqual(
      expect.objectContaining({ check: 'free-space', level: 'warn' }),
    );
  });

  test('the critical mark takes only what is reserved', async () => {
    const store = await openTestStore({
      disk: { lowBytes: EVERYTHING, criticalBytes: EVERYTHING, reserveBytes: 0 },
    });
    await expect(store.commit([append('order')])).rejects.toMatchObject({ code: 'STORE_FULL' });
    await expect(store.commit([telemetry])).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await store.commit([append('stop', { lane: 'safety' })])).toEqual([1]);
    expect(await store.commit([append('who did it', { lane: 'audit' })])).toEqual([2]);
    expect(await store.commit([append('amends')], { reserve: true })).toEqual([3]);
    expect(store.stats()).toMatchObject({ disk: 'critical', refusedCount: 1, telemetryRefusedCount: 1 });
  });
});

test.each<[string, readonly object[], CommitClass, CommitOptions?]>([
  ['safety alone', [append('s', { lane: 'safety' })], 'reserved'],
  [
    'audit and a mark',
    [append('a', { lane: 'audit' }), { op: 'mark', consumer: 'c', offset: 1 }],
    'reserved',
  ],
  ['a record that strangers bring about', [append('a', { lane: 'audit' })], 'ordinary', { uninvited: true }],
  ['safety and business', [append('s', { lane: 'safety' }), append('b')], 'ordinary'],
  ['telemetry alone', [append('t', { lane: 'telemetry' })], 'telemetry'],
  [
    'telemetry with a statement',
    [append('t', { lane: 'telemetry' }), { op: 'run', statement: 'x', params: {} }],
    'ordinary',
  ],
  ['marks alone', [{ op: 'mark', consumer: 'c', offset: 1 }], 'reserved'],
  ['a statement', [{ op: 'run', statement: 'x', params: {} }], 'ordinary'],
])('%s counts as it should', (_, ops, expected, options = {}) => {
  expect(classOf(ops as StoreOp[], options)).toBe(expected);
});

const marks = { lowBytes: 1_000, criticalBytes: 100 };
test.each([
  ['ok', 1_001, 'ok'],
  ['ok', 1_000, 'low'],
  ['ok', 100, 'critical'],
  ['low', 1_050, 'low'],
  ['low', 1_101, 'ok'],
  ['low', 101, 'low'],
  ['low', 99, 'critical'],
  ['critical', 105, 'critical'],
  ['critical', 111, 'low'],
  ['critical', 2_000, 'ok'],
] satisfies [
  DiskState,
  number,
  DiskState,
][])('from %s, %d bytes free mean %s', (before, freeBytes, after) => {
  expect(nextDiskState(before, freeBytes, marks)).toBe(after);
});

test.each([
  ['ok', ['telemetry', 'ordinary', 'reserved']],
  ['low', ['ordinary', 'reserved']],
  ['critical', ['reserved']],
] satisfies [DiskState, CommitClass[]][])('%s takes %j', (state, taken) => {
  const all: CommitClass[] = ['telemetry', 'ordinary', 'reserved'];
  expect(all.filter((one) => admits(state, one))).toEqual(taken);
});
