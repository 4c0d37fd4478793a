import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import type { Guard } from '#contracts/rollout.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import {
  ActivityFailure,
  defineSaga,
  definitionHash,
  implement,
  localActivity,
} from '../../local-orchestrator/index.ts';
import { judgeGuard, type Sample } from '../../local-orchestrator/rollout/judge-guard.ts';
import { isOnNewSide } from '../../local-orchestrator/rollout/sides.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { samples } from '../support/samples.ts';
import { until } from '../support/until.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite, type TestSiteOptions, temporaryFolder } from './site.ts';

const guard: Guard = {
  samplesMin: 10,
  windowMs: 3_600_000,
  failureMore: 0.1,
  compensationMore: 0.1,
  durationFactor: 2,
};
const well: Sample = { status: 'completed', amended: false, parked: false, durationMs: 1_000, ended: true };
const many = (count: number, change: Partial<Sample> = {}) =>
  Array.from({ length: count }, (): Sample => ({ ...well, ...change }));

describe('the side of a saga', () => {
  test('is always the same for a key, close to the share asked for, and stays when the share grows', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 99 }), (rolloutId, percent) => {
        const keys = Array.from({ length: 2_000 }, (_, index) => `order-${index}`);
        const chosen = keys.filter((key) => isOnNewSide(rolloutId, { percent }, key));
        expect(keys.filter((key) => isOnNewSide(rolloutId, { percent }, key))).toEqual(chosen);
        expect(Math.abs(chosen.length / 20 - percent)).toBeLessThan(6);
        expect(chosen.every((key) => isOnNewSide(rolloutId, { percent: percent + 1 }, key))).toBe(true);
      }),
      samples(20),
    );
  });

  test('goes by the values named, and without a key stays with the old version', () => {
    const take = { values: ['dock-2', '7'] };
    expect(['dock-1', 'dock-2', 7, null].map((key) => isOnNewSide('r', take, key))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isOnNewSide('r', { percent: 100 }, null)).toBe(false);
  });
});

describe('the guard', () => {
  test.each<[string, Sample[], Sample[], boolean, RegExp]>([
    ['too few samples', many(50), many(9, { status: 'compensated' }), false, /9 of 10/],
    ['as good', many(50), many(20), false, /as good as/],
    [
      'a few more failures than are allowed',
      many(50),
      [...many(17), ...many(3, { status: 'compensated' })],
      true,
      /15 % failed/,
    ],
    [
      'as many failures as before',
      many(50, { status: 'compensated' }),
      many(20, { status: 'compensated' }),
      false,
      /as good/,
    ],
    [
      'waits for people',
      many(50),
      [...many(15), ...many(5, { parked: true, ended: false })],
      true,
      /25 % failed/,
    ],
    [
      'cancelled by people',
      many(50),
      [...many(12), ...many(40, { status: 'cancelled' })],
      false,
      /over 12 sagas/,
    ],
    [
      'amends on the way',
      many(50),
      [...many(16), ...many(4, { amended: true })],
      true,
      /20 % had to make amends/,
    ],
    ['slower than twice', many(50), [...many(18), ...many(2, { durationMs: 2_001 })], true, /at most 2 s/],
    ['just twice as slow', many(50), many(20, { durationMs: 2_000 }), false, /as good/],
    ['hangs', many(50), many(10, { ended: false, status: 'running', durationMs: 9_000 }), true, /up to 9 s/],
    ['young', many(50), many(30, { ended: false, status: 'running', durationMs: 900 }), false, /0 of 10/],
    ['nothing to compare with', [], many(20, { durationMs: 99_000 }), false, /as good/],
  ])('%s', (_name, old, fresh, rollBack, words) => {
    const judged = judgeGuard(guard, old, fresh);
    expect(judged.rollBack).toBe(rollBack);
    expect(judged.reason).toMatch(words);
  });

  test('judges nothing that it is told to leave', () => {
    const blind = { ...guard, failureMore: null, compensationMore: null, durationFactor: null };
    const bad = many(20, { status: 'compensated', amended: true, durationMs: 1e9 });
    expect(judgeGuard(blind, many(50), bad).rollBack).toBe(false);
  });
});

interface Input {
  readonly zone: string;
}
const work = localActivity<{ version: number }, { version: number }>('test.work', 1);
const define = (version: number): SagaDefinition =>
  defineSaga<Input>('flow')
    .step('reserve', work, {
      title: 'Reserve',
      input: () => ({ version: 0 }),
      undo: { activity: work, title: 'Free', input: () => ({ version: 0 }) },
    })
    .step('act', work, { title: 'Act', retry: { attempts: 1 }, input: () => ({ version }) })
    .end({ title: 'Flow', version, output: ({ steps }) => ({ version: steps.act.version }) });
const hashOf = (version: number) => definitionHash(define(version));

interface Flow extends TestSite {
  readonly ended: Map<string, string>;
  /** Begins so many and gives the versions that they got. */
  begin(from: number, count: number, zone?: string): Promise<number[]>;
  versionOf(sagaId: string): Promise<number>;
}

/** A release with version 1, and version 2 in the store from an earlier try. Version `broken` fails. */
async function startFlow(
  options: TestSiteOptions & { broken?: number; release?: number } = {},
): Promise<Flow> {
  const { broken = -1, release = 1 } = options;
  const activities = [
    implement(work, ({ input }) => {
      if (input.version === broken) throw new ActivityFailure('BROKEN', 'the new way is blocked', false);
      return input;
    }),
  ];
  const dir = options.dir ?? temporaryFolder();
  const base = { plant: createPlant([]), ...options, dir };
  if (options.dir === undefined) {
    const before = await startSite({ ...base, parts: { sagas: [define(2)], activities } });
    await before.close();
  }
  const site = await startSite({ ...base, parts: { sagas: [define(release)], activities } });
  const ended = new Map<string, string>();
  site.orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  const versionOf = async (sagaId: string) =>
    (await site.orchestrator.history.sagaAt(sagaId, 1))?.definition.version ?? 0;
  return {
    ...site,
    ended,
    versionOf,
    async begin(from, count, zone = 'a') {
      const ids = Array.from({ length: count }, (_, index) => `flow-${from + index}`);
      for (const id of ids) await site.orchestrator.startSaga('flow', id, { zone });
      await until('all have ended', () => ids.every((id) => ended.has(id)));
      return Promise.all(ids.map(versionOf));
    },
  };
}

const request = (take: { percent: number } | { values: string[] }, key = 'saga.correlation') => ({
  name: 'flow',
  hash: hashOf(2).slice(0, 12),
  key,
  take,
  guard,
  reason: 'a faster way',
});

const endEvents = async (site: TestSite) =>
  (await site.store.readLog(offset(0), { types: ['holdfast.rollout.ended.v1'], countMax: 10 })).map(
    ({ event }) => event.data as { outcome: string; by: string; reason: string },
  );

test('a version that is chosen before an upgrade stays current after it, until the release is followed again', async () => {
  const dir = temporaryFolder();
  const before = await startFlow({ dir, release: 1 });
  const { choose } = before.orchestrator.versions;
  expect(await choose('flow', hashOf(1), 'ann', 'the next is tried first')).toMatchObject([
    { version: 1, current: true, shipped: true, pinned: true },
  ]);
  await expect(choose('flow', hashOf(1), 'ann', 'again')).rejects.toMatchObject({
    code: 'ROLLOUT_SAME_VERSION',
  });
  await before.close();

  const after = await startFlow({ dir, release: 2 });
  expect(await after.begin(0, 3)).toEqual([1, 1, 1]);
  const { versions } = after.orchestrator;
  await versions.rollouts.start(request({ percent: 100 }), 'ann');
  expect(await after.begin(10, 3)).toEqual([2, 2, 2]);
  await versions.rollouts.abort('flow', 'ann', 'seen');
  await versions.choose('flow', null, 'ann', 'it is good');
  expect(await after.begin(20, 3)).toEqual([2, 2, 2]);
  await expect(versions.choose('flow', null, 'ann', 'again')).rejects.toMatchObject({
    code: 'ROLLOUT_SAME_VERSION',
  });
  await after.close();
  const third = await startFlow({ dir, release: 3 });
  expect(await third.begin(30, 3)).toEqual([3, 3, 3]);
});

describe('a rollout', () => {
  test('takes a share by a sticky key, is promoted, and the version stays over a restart', async () => {
    const dir = temporaryFolder();
    const before = await startFlow({ dir, release: 2 });
    await before.close();
    const site = await startFlow({ dir });
    const { rollouts } = site.orchestrator.versions;
    const rollout = await rollouts.start(request({ percent: 40 }), 'ann');
    const got = await site.begin(0, 40);
    expect(got.map((version) => version === 2)).toEqual(
      got.map((_, index) => isOnNewSide(rollout.rolloutId, { percent: 40 }, `flow-${index}`)),
    );
    expect(new Set(got)).toEqual(new Set([1, 2]));
    await expect(rollouts.start(request({ percent: 1 }), 'bob')).rejects.toMatchObject({
      code: 'ROLLOUT_UNDER_WAY',
    });
    await expect(site.orchestrator.versions.choose('flow', hashOf(2), 'bob', 'now')).rejects.toMatchObject({
      code: 'ROLLOUT_UNDER_WAY',
    });
    await site.close();

    const again = await startFlow({ dir });
    expect(await again.orchestrator.versions.rollouts.list()).toMatchObject([{ state: 'running' }]);
    const later = await again.begin(100, 20);
    expect(later.map((version) => version === 2)).toEqual(
      later.map((_, index) => isOnNewSide(rollout.rolloutId, { percent: 40 }, `flow-${100 + index}`)),
    );
    const ended = await again.orchestrator.versions.rollouts.promote('flow', 'ann', 'all is well');
    expect(ended).toMatchObject({ state: 'promoted', endedBy: 'ann' });
    expect(ended.new?.samples).toBeGreaterThan(10);
    expect(await again.begin(200, 5)).toEqual([2, 2, 2, 2, 2]);
    await again.close();
    const third = await startFlow({ dir });
    expect(await third.begin(300, 3)).toEqual([2, 2, 2]);
    expect(await endEvents(third)).toMatchObject([{ outcome: 'promoted', by: 'ann', reason: 'all is well' }]);
  });

  test('takes a zone, and is aborted', async () => {
    const site = await startFlow();
    const { rollouts } = site.orchestrator.versions;
    await rollouts.start(request({ values: ['b'] }, 'input.zone'), 'ann');
    expect(await site.begin(0, 3, 'a')).toEqual([1, 1, 1]);
    expect(await site.begin(10, 3, 'b')).toEqual([2, 2, 2]);
    await rollouts.abort('flow', 'ann', 'another day');
    expect(await site.begin(20, 3, 'b')).toEqual([1, 1, 1]);
    await expect(rollouts.promote('flow', 'ann', 'now')).rejects.toMatchObject({ code: 'ROLLOUT_NOT_FOUND' });
  });

  test('is taken back by itself when the new version fails, and says why', async () => {
    const site = await startFlow({ broken: 2 });
    const told: string[] = [];
    site.orchestrator.versions.rollouts.onChanged(({ state }) => told.push(state));
    await site.begin(0, 20);
    await site.orchestrator.versions.rollouts.start(request({ percent: 100 }), 'ann');
    expect(await site.begin(100, 10)).toEqual(Array.from({ length: 10 }, () => 2));
    expect(site.ended.get('flow-100')).toBe('compensated');
    await until('it was taken back', () => told.includes('rolled-back'));
    expect(await site.begin(200, 5)).toEqual([1, 1, 1, 1, 1]);
    const [event] = await endEvents(site);
    expect(event).toMatchObject({ outcome: 'rolled-back', by: 'guard' });
    expect(event?.reason).toMatch(/100 % failed, of the old version 0 %/);
    expect(await site.orchestrator.versions.rollouts.list()).toMatchObject([
      { state: 'rolled-back', old: { samples: 20 }, new: { samples: 10, failureRate: 1 } },
    ]);
  });

  test('what was learnt before a restart counts after it', async () => {
    const clock = createFakeClock();
    const dir = temporaryFolder();
    await (await startFlow({ dir, clock, release: 2 })).close();
    const site = await startFlow({ dir, clock, broken: 2 });
    await site.orchestrator.versions.rollouts.start(request({ percent: 100 }), 'ann');
    await site.begin(0, 10);
    expect(await endEvents(site)).toEqual([]);
    await site.close();
    const again = await startFlow({ dir, clock, broken: 2 });
    let state = '';
    again.orchestrator.versions.rollouts.onChanged((rollout) => {
      state = rollout.state;
    });
    await clock.pass(0);
    await until('it was taken back', () => state === 'rolled-back');
  });

  test('a choice and a rollout at the same moment: one of them is refused, and neither is built on the other', async () => {
    for (const choiceFirst of [true, false]) {
      const site = await startFlow();
      const { versions } = site.orchestrator;
      const choose = () => versions.choose('flow', hashOf(2), 'ann', 'now');
      const begin = () => versions.rollouts.start(request({ percent: 50 }), 'bob');
      const outcomes = await Promise.allSettled(choiceFirst ? [choose(), begin()] : [begin(), choose()]);
      const refused = outcomes.filter((one) => one.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(['ROLLOUT_UNDER_WAY', 'ROLLOUT_CURRENT_CHANGED', 'ROLLOUT_SAME_VERSION']).toContain(
        refused[0]?.reason.code,
      );
      const [current] = (await versions.list('flow')).filter((version) => version.current);
      const running = (await versions.rollouts.list()).filter(({ state }) => state === 'running');
      if (running.length > 0) expect(running).toMatchObject([{ from: current?.hash }]);
      else expect(current?.hash).toBe(hashOf(2));
      await site.close();
    }
  });

  test('one whose old version is no longer current is aborted at the start, with words', async () => {
    const dir = temporaryFolder();
    await (await startFlow({ dir, release: 2 })).close();
    const site = await startFlow({ dir });
    await site.orchestrator.versions.rollouts.start(request({ percent: 50 }), 'ann');
    await site.close();
    const next = await startFlow({ dir, release: 3 });
    expect(await endEvents(next)).toMatchObject([
      { outcome: 'aborted', by: 'holdfast', reason: expect.stringContaining('no longer current') },
    ]);
    expect(await next.begin(0, 2)).toEqual([3, 3]);
  });

  test('one whose saga was taken away is aborted at the start, with words', async () => {
    const dir = temporaryFolder();
    await (await startFlow({ dir, release: 2 })).close();
    const site = await startFlow({ dir });
    await site.orchestrator.versions.rollouts.start(request({ percent: 50 }), 'ann');
    await site.close();
    const activities = [implement(work, ({ input }) => input)];
    const next = await startSite({ dir, plant: createPlant([]), parts: { sagas: [], activities } });
    expect(await endEvents(next)).toMatchObject([
      { outcome: 'aborted', by: 'holdfast', reason: expect.stringContaining('no saga of this name') },
    ]);
    expect(await next.orchestrator.versions.rollouts.list()).toMatchObject([{ state: 'aborted' }]);
  });
});
