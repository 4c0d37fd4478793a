import { Type } from 'typebox';
import { expect, test } from 'vitest';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { defineSaga, definitionHash, implement, localActivity } from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, temporaryFolder } from './site.ts';

const mark = localActivity<{ words: string }, { words: string }>('test.mark', 1);

/** What a version does is told by its output; each waits in the middle for a word from outside. */
const define = (version: number): SagaDefinition =>
  defineSaga<{ n: number }>('journey')
    .step('first', mark, { title: 'First', input: () => ({ words: `first of ${version}` }) })
    .signal('go', { title: 'Go', signal: 'go', payload: Type.Object({}) })
    .step('last', mark, { title: 'Last', input: () => ({ words: `last of ${version}` }) })
    .end({
      title: 'Journey',
      version,
      output: ({ steps }) => ({ first: steps.first.words, last: steps.last.words }),
    });

const parts = (version: number) => ({
  sagas: [define(version)],
  activities: [implement(mark, ({ input }) => input)],
});

const COUNT = 1_000;

async function begin(site: TestSite, prefix: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const start = () => site.orchestrator.startSaga('journey', `${prefix}-${n}`, { n });
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
  name: null,
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
  const open = async (version: number) => {
    const site = await startSite({ dir, plant, parts: parts(version) });
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
  const three = await open(2);
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
  for (const sagaId of all)
    void three.orchestrator.signal(sagaId, { id: `go-${sagaId}`, name: 'go', payload: {} });
  await until('all have ended', () => all.every((sagaId) => ended.has(sagaId)), 60_000);
  expect(new Set(ended.values())).toEqual(new Set(['completed']));
  const expected = { one: 1, two: 2, down: 1, still: 1, up: 2 } as const;
  for (const [prefix, version] of Object.entries(expected)) {
    for (const n of [0, 7, 19]) {
      const rebuilt = await three.orchestrator.history.sagaAt(`${prefix}-${n}`);
      expect(rebuilt?.faithful).toBe(true);
      expect(rebuilt?.state.hash).toBe(definitionHash(define(version)));
      expect(rebuilt?.state.result?.output).toEqual({
        first: `first of ${version}`,
        last: `last of ${version}`,
      });
    }
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
  await expect(choose(definitionHash(define(2)))).rejects.toMatchObject({ code: 'ROLLOUT_SAME_VERSION' });
  const [, unfit] = await versions.list('journey');
  expect(unfit?.missing).toContain('test.other@1');
});
