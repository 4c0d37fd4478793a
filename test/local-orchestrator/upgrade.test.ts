import { Type } from 'typebox';
import { expect, test } from 'vitest';
import type { SagaDefinition } from '#contracts/sagas.ts';
import {
  ActivityFailure,
  defineSaga,
  definitionHash,
  eq,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

/** Where a saga is when the version changes under it. */
const whereabouts = ['signal', 'timer', 'child', 'step', 'amends'] as const;
type At = (typeof whereabouts)[number];
type Journey = { n: number; at: At };
type Words = { words: string };

const mark = localActivity<Words, Words>('test.mark', 1);
const hard = localActivity<Words, Words>('test.hard', 1);
const undone: string[] = [];

const young = (version: number) =>
  defineSaga<Record<never, never>>('young')
    .signal('grow', { title: 'Grow', signal: 'grow', payload: Type.Object({}) })
    .end({ title: 'Young', version, output: () => ({ words: `child of ${version}` }) });

/** What a version does is told by its output; each is somewhere in the middle when the version changes. */
const define = (version: number): SagaDefinition =>
  defineSaga<Journey>('journey')
    .step('first', mark, {
      title: 'First',
      input: () => ({ words: `first of ${version}` }),
      undo: { activity: mark, title: 'Undo', input: () => ({ words: `undo of ${version}` }) },
    })
    .branch('rests', {
      title: 'Rests?',
      when: ({ input }) => eq(input.at, 'timer'),
      way: (way) => way.timer('rest', { title: 'Rest', delayMs: () => REST_MS }),
    })
    .branch('asks', {
      title: 'Asks?',
      when: ({ input }) => eq(input.at, 'child'),
      way: (way) => way.child('young', young(version), { title: 'Young', input: () => ({}) }),
    })
    .branch('works', {
      title: 'Works?',
      when: ({ input }) => eq(input.at, 'step'),
      way: (way) =>
        way.step('hard', hard, { title: 'Hard', timeoutMs: null, input: () => ({ words: 'hard' }) }),
    })
    .signal('go', { title: 'Go', signal: 'go', payload: Type.Object({}) })
    .branch('fails', {
      title: 'Fails?',
      when: ({ input }) => eq(input.at, 'amends'),
      way: (way) => way.step('fail', mark, { title: 'Fail', input: () => ({ words: 'fail' }) }),
    })
    .step('last', mark, { title: 'Last', input: () => ({ words: `last of ${version}` }) })
    .end({
      title: 'Journey',
      version,
      output: ({ steps }) => ({ first: steps.first.words, last: steps.last.words }),
    });
const REST_MS = 3_000;

/** `isLast`: hard work comes to an end in this life; in others it goes on until the process stops. */
const parts = (version: number, isLast = false) => ({
  sagas: [define(version), young(version)],
  activities: [
    implement(mark, ({ input }) => {
      if (input.words === 'fail') throw new ActivityFailure('BROKEN', 'it does not go', false);
      if (input.words.startsWith('undo')) undone.push(input.words);
      return input;
    }),
    implement(hard, ({ input, signal }) =>
      isLast
        ? input
        : new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(new Error('the process stops'))),
          ),
    ),
  ],
});

const COUNT = 1_000;

async function begin(site: TestSite, prefix: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const at = whereabouts[n % whereabouts.length] ?? 'signal';
    const start = () => site.orchestrator.startSaga('journey', `${prefix}-${n}`, { n, at });
    await start().catch(async () => {
      await until('there is room for another', () => site.orchestrator.stats().sagasInMemory < COUNT);
      await start();
    });
  }
}

async function waitingOf(site: TestSite, prefix: string): Promise<number> {
  const rows = await site.store.query('history.idPage', {
    ...anything,
    idFrom: `${prefix}-`,
    idTo: `${prefix}.`,
    k0: '',
    e0: '\u{10ffff}',
    status: 'running',
    countMax: 2 * COUNT,
  });
  return rows.length;
}
const anything = {
  name: 'journey',
  hash: null,
  hashes: null,
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  correlationFrom: null,
  correlationTo: null,
  attributes: null,
  match: '',
};

const currentOf = async (site: TestSite) => {
  const versions = await site.orchestrator.versions.list('journey');
  return versions.map(({ version, running, current, shipped, pinned }) => ({
    version,
    running,
    current,
    shipped,
    pinned,
  }));
};

test('a thousand running sagas stay on their version up and down, and each ends as it began', async () => {
  const dir = temporaryFolder();
  const plant = createPlant([]);
  const ended = new Map<string, string>();
  const open = async (version: number, isLast = false) => {
    const site = await startSite({ dir, plant, parts: parts(version, isLast) });
    site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
    return site;
  };
  const one = await open(1);
  await begin(one, 'one', COUNT);
  expect(await waitingOf(one, 'one')).toBe(COUNT);
  await one.close();

  const two = await open(2);
  await begin(two, 'two', 20);
  expect(await currentOf(two)).toEqual([
    { version: 2, running: 20, current: true, shipped: true, pinned: false },
    { version: 1, running: COUNT, current: false, shipped: false, pinned: false },
  ]);
  // Down again by a word, while everything runs.
  await two.orchestrator.versions.choose(
    'journey',
    definitionHash(define(1)),
    'ann',
    'version 2 is in doubt',
  );
  await begin(two, 'down', 20);
  await two.close();

  // The choice outlives the restart, and the release still has version 2.
  const three = await open(2, true);
  await begin(three, 'still', 20);
  expect(await currentOf(three)).toEqual([
    { version: 2, running: 20, current: false, shipped: true, pinned: false },
    { version: 1, running: COUNT + 40, current: true, shipped: false, pinned: true },
  ]);
  await three.orchestrator.versions.choose('journey', null, 'ann', 'version 2 is well after all');
  await begin(three, 'up', 20);

  const all = ['one', 'two', 'down', 'still', 'up'].flatMap((prefix) =>
    Array.from({ length: prefix === 'one' ? COUNT : 20 }, (_, n) => `${prefix}-${n}`),
  );
  for (const [index, sagaId] of all.entries()) {
    void three.orchestrator.signal(sagaId, { id: `go-${sagaId}`, name: 'go', payload: {} });
    const child = `${sagaId}/young.1`;
    if (index % whereabouts.length === whereabouts.indexOf('child')) {
      void three.orchestrator.signal(child, { id: `grow-${sagaId}`, name: 'grow', payload: {} });
    }
  }
  await until('all have ended', () => all.every((sagaId) => ended.has(sagaId)), 60_000);
  const expected = { one: 1, two: 2, down: 1, still: 1, up: 2 } as const;
  const undoneOf = { 1: 0, 2: 0 };
  for (const sagaId of all) {
    const [prefix = '', n] = sagaId.split('-');
    const version = expected[prefix as keyof typeof expected];
    const [row] = await three.store.query('saga.state', { sagaId });
    expect([sagaId, row?.hash]).toEqual([sagaId, definitionHash(define(version))]);
    const isUndone = whereabouts[Number(n) % whereabouts.length] === 'amends';
    if (isUndone) undoneOf[version] += 1;
    expect([sagaId, row?.status]).toEqual([sagaId, isUndone ? 'compensated' : 'completed']);
    if (isUndone) continue;
    const { result } = JSON.parse(String(row?.state));
    expect(result.output).toEqual({ first: `first of ${version}`, last: `last of ${version}` });
    if (Number(n) < 20) expect((await three.orchestrator.history.sagaAt(sagaId))?.faithful).toBe(true);
  }
  for (const version of [1, 2] as const) {
    expect(undone.filter((words) => words === `undo of ${version}`)).toHaveLength(undoneOf[version]);
  }
  const { events } = await chosen(three);
  expect(events).toEqual(['version 2 is in doubt', 'version 2 is well after all']);
}, 120_000);

async function chosen(site: TestSite) {
  const types = ['holdfast.definition.chosen.v1'];
  const records = await site.store.readLog(0 as never, { types, countMax: 10 });
  return { events: records.map(({ event }) => (event.data as { reason: string }).reason) };
}

test('a version that cannot run here, is unknown or is current already is refused with words', async () => {
  const dir = temporaryFolder();
  const plant = createPlant([]);
  const other = localActivity<{ words: string }, { words: string }>('test.other', 1);
  const old = defineSaga<{ n: number }>('journey')
    .step('first', other, { title: 'First', input: () => ({ words: '' }) })
    .end({ title: 'Journey', version: 1 });
  const first = await startSite({
    dir,
    plant,
    parts: { sagas: [old], activities: [implement(other, ({ input }) => input)] },
  });
  await first.close();
  const site = await startSite({ dir, plant, parts: parts(2) });
  const { versions } = site.orchestrator;
  const choose = (hash: string) => versions.choose('journey', hash, 'ann', 'a try');
  await expect(choose(definitionHash(old))).rejects.toMatchObject({ code: 'ROLLOUT_VERSION_UNFIT' });
  await expect(choose('abcdef123456')).rejects.toMatchObject({ code: 'ROLLOUT_VERSION_NOT_FOUND' });
  await choose(definitionHash(define(2))); // kept, whatever later releases bring
  await expect(choose(definitionHash(define(2)))).rejects.toMatchObject({ code: 'ROLLOUT_SAME_VERSION' });
  const [, unfit] = await versions.list('journey');
  expect(unfit?.missing).toContain('test.other@1');
});
