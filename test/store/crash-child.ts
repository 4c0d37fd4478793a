import { writeSync } from 'node:fs';
import { offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { StoreOp } from '#contracts/store.ts';
import { openStore } from '../../appliance/store/index.ts';
import { jobs } from './jobs.ts';
import { testEvent } from './test-event.ts';

/**
 * A process that is meant to die: writes commits, several at once, and says on its standard output which ones
 * were acknowledged, before it does anything else. Arguments: folder, name of the run, commits, crash point.
 */
const [dir = '', runName = '', commitsMax = '0', crashPoint = ''] = process.argv.slice(2);
const say = (line: string): void => {
  // Synchronous, into a pipe: what was said has left the process when the next line runs.
  writeSync(1, `${line}\n`);
};
const store = await openStore({
  dir,
  modules: [jobs],
  log: silentLog,
  disk: { reserveBytes: 0 },
  ...(crashPoint === '' ? {} : { crashPoint }),
});
say('open');

/** One transition: two events, a row, a counter, a mark. Some bulk, so that checkpoints come soon. */
async function transition(id: string): Promise<void> {
  const data = { id, bulk: 'x'.repeat(6_000) };
  const ops: StoreOp[] = [
    { op: 'append', event: testEvent(`${id}/begun`, { data }) },
    { op: 'run', statement: 'jobs.add', params: { id, step: 0 }, changes: 1 },
    { op: 'mark', consumer: runName, offset: offset(1) },
    { op: 'run', statement: 'jobs.count', params: {}, changes: 1 },
    { op: 'append', event: testEvent(`${id}/ended`, { data }) },
  ];
  await store.commit(ops);
  say(`ack ${id}`);
}

let next = 0;
async function lane(): Promise<void> {
  while (next < Number(commitsMax)) {
    next += 1;
    const id = `${runName}-${next}`;
    // One in ten meets a conflict with itself and must leave nothing.
    if (next % 10 === 0) {
      const twice: StoreOp = { op: 'run', statement: 'jobs.add', params: { id: `${id}-twice`, step: 0 } };
      await store
        .commit([{ op: 'append', event: testEvent(`${id}-twice/begun`) }, twice, twice])
        .catch(() => {});
    }
    store.history.write([{ path: 'line/eye', value: next, quality: { level: 'good' }, sourceTimeMs: next }]);
    await transition(id);
  }
}
await Promise.all(Array.from({ length: 4 }, lane));
await store.close();
say('closed');
