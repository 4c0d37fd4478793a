import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { OFFSET_NONE } from '#contracts/ids.ts';
import { crashPoints } from '../../appliance/store/index.ts';
import { openTestStore, temporaryFolder } from './site.ts';

interface Death {
  readonly acknowledged: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly closed: boolean;
  readonly errors: string;
}
interface Life {
  readonly dir: string;
  readonly run: string;
  readonly commits: number;
  readonly crashPoint?: string;
  /** Kill it from outside after so many acknowledgements. */
  readonly killAfter?: number;
}

/** Runs the writing process until it dies or ends. */
async function live({ dir, run, commits, crashPoint = '', killAfter }: Life): Promise<Death> {
  const entry = new URL('crash-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [entry, dir, run, String(commits), crashPoint], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const acknowledged: string[] = [];
  let closed = false;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('ack ')) acknowledged.push(line.slice('ack '.length));
    if (line === 'closed') closed = true;
    if (acknowledged.length === killAfter) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { acknowledged, signal, closed, errors };
}

/** Opens what the dead left and holds it against what they said. */
async function inspect(dir: string, acknowledged: readonly string[]): Promise<void> {
  const store = await openTestStore({ dir });
  expect(store.selfCheck.cleanStop).toBe(false);
  expect(store.selfCheck.findings.filter(({ level }) => level === 'warn')).toEqual([]);
  const stored = (await store.query('jobs.all')).map(({ id }) => String(id));
  expect(stored, 'an acknowledged commit is missing').toEqual(expect.arrayContaining([...acknowledged]));
  expect(await store.query('jobs.total'), 'a commit took effect twice or half').toEqual([
    { count: stored.length },
  ]);
  const subjects = (await store.readLog(OFFSET_NONE, { countMax: 10_000 })).map(({ event }) => event.subject);
  const wanted = stored.flatMap((id) => [`${id}/begun`, `${id}/ended`]);
  expect(subjects.toSorted(), 'half a transaction').toEqual(wanted.toSorted());
  expect(await store.verify()).toEqual({
    state: 'whole',
    checkedCount: subjects.length,
    head: subjects.length,
  });
  await store.close();
}

describe('a process killed at', () => {
  const later = new Set(['before-checkpoint', 'after-checkpoint']);
  const atFirst = new Set(['in-migration', 'before-clean-mark', 'after-clean-mark', ...later]);
  test.each(crashPoints)('%s has kept all that it acknowledged, and nothing by halves', async (point) => {
    const dir = temporaryFolder();
    const crashPoint = atFirst.has(point) ? point : `${point}:17`;
    const death = await live({ dir, run: 'r', commits: later.has(point) ? 2_000 : 100, crashPoint });
    expect(death, death.errors).toMatchObject({ signal: 'SIGKILL', closed: false });
    const isAfterTheStop = point === 'after-clean-mark';
    if (point !== 'in-migration') expect(death.acknowledged.length).toBeGreaterThan(0);
    if (isAfterTheStop) return expectCleanMark(dir, death.acknowledged);
    await inspect(dir, death.acknowledged);
  });
});

/** The mark was durable, only the last checkpoint was not: the next start may call it a clean stop. */
async function expectCleanMark(dir: string, acknowledged: readonly string[]): Promise<void> {
  const store = await openTestStore({ dir });
  expect(store.selfCheck.cleanStop).toBe(true);
  const stored = (await store.query('jobs.all')).map(({ id }) => String(id));
  expect(stored.toSorted()).toEqual(acknowledged.toSorted());
  expect(await store.verify()).toMatchObject({ state: 'whole', checkedCount: 2 * stored.length });
}

test('a site killed again and again, whenever, goes on where it was', async () => {
  const dir = temporaryFolder();
  const seed = Math.floor(Math.random() * 1_000);
  const acknowledged: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const killAfter = 1 + ((seed * 31 + round * 97) % 150);
    const death = await live({ dir, run: `r${round}`, commits: 5_000, killAfter });
    expect(death, `seed ${seed}, round ${round}: ${death.errors}`).toMatchObject({ signal: 'SIGKILL' });
    acknowledged.push(...death.acknowledged);
  }
  await inspect(dir, acknowledged);
});

test('a site that stops in order says so at the next start', async () => {
  const dir = temporaryFolder();
  const death = await live({ dir, run: 'r', commits: 20 });
  expect(death, death.errors).toMatchObject({ signal: null, closed: true });
  const store = await openTestStore({ dir });
  expect(store.selfCheck).toMatchObject({ cleanStop: true, firstStart: false });
});
