import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import type { StoreOp } from '#contracts/store.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { jobs } from './jobs.ts';
import { testEvent } from './test-event.ts';

/**
 * A process whose disk fills up for real, and is given room again. Tells what it met as one line of JSON.
 * Arguments: folder; `disk` (a small file system) or `limit` (a limit on the size of its files).
 */
const [dir = '', how = ''] = process.argv.slice(2);
const RESERVE_BYTES = 4 * 1024 * 1024;
const FREE_BYTES_LEFT = 2 * 1024 * 1024;
const filler = join(dir, 'filler');

const bulk = 'x'.repeat(50_000);
const order = (): StoreOp[] => [
  { op: 'append', event: testEvent('order', { data: { bulk } }) },
  { op: 'run', statement: 'jobs.count', params: {}, changes: 1 },
];
const alarm = (): StoreOp[] => [
  { op: 'append', event: testEvent('alarm', { lane: 'safety', data: { bulk } }) },
];
const amends = (): StoreOp[] => [
  ...order(),
  { op: 'append', event: testEvent('amends', { data: { bulk } }) },
];

/** The code it was refused with, or 'kept'. */
const attempt = (store: StoreHost, ops: StoreOp[], reserve = false): Promise<string> =>
  store.commit(ops, { reserve }).then(
    () => 'kept',
    (error: unknown) => (isApplianceError(error) ? error.code : String(error)),
  );

async function untilRefused(store: StoreHost): Promise<{ kept: number; code: string }> {
  for (let kept = 0; kept < 10_000; kept += 1) {
    const code = await attempt(store, order());
    if (code !== 'kept') return { kept, code };
  }
  return { kept: 10_000, code: 'never' };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again, as a caller told "retryable" would. */
async function untilKept(store: StoreHost): Promise<number> {
  for (let refused = 0; refused < 200; refused += 1) {
    if ((await attempt(store, order())) === 'kept') return refused;
    await pause(50);
  }
  return Number.POSITIVE_INFINITY;
}

function fill(): void {
  const fd = openSync(filler, 'w');
  const { bavail, bsize } = statfsSync(dir);
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = bavail * bsize - FREE_BYTES_LEFT; left > 0; left -= chunk.length) writeSync(fd, chunk);
  fsyncSync(fd);
  closeSync(fd);
}
const giveRoom = (): void =>
  how === 'disk'
    ? rmSync(filler)
    : void execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);

const store = await openStore({
  dir: join(dir, 'store'),
  modules: [jobs],
  log: silentLog,
  // The marks are off, so that it is the file system that says no.
  disk: { lowBytes: 0, criticalBytes: 0, reserveBytes: RESERVE_BYTES },
});
while (!existsSync(join(dir, 'store', 'reserve.bin'))) await pause(20);
if (how === 'disk') fill();

const full = await untilRefused(store);
const safety = await attempt(store, alarm());
const compensation = await attempt(store, amends(), true);
const reserveBytesLeft = statSync(join(dir, 'store', 'reserve.bin')).size;
const ordinary = await attempt(store, order());
const { disk, refusedCount } = store.stats();
giveRoom();
const refusedAfterwards = await untilKept(store);
const counted = await store.query('jobs.total');
const chain = await store.verify();
const head = await store.head();
await store.close();
console.log(
  JSON.stringify({
    full,
    safety,
    compensation,
    reserveBytesLeft,
    ordinary,
    disk,
    refusedCount,
    refusedAfterwards,
    counted,
    chain,
    head,
  }),
);
