import { describe, expect, test } from 'vitest';
import type { JoinPolicy } from '#contracts/sagas.ts';
import { defineSaga, goOn, gt, undoTo } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

interface Totes {
  readonly totes: readonly { readonly id: number }[];
}
const given = (...ids: readonly number[]) => ({ totes: ids.map((id) => ({ id })) });

const totes = (concurrencyMax: number, need: JoinPolicy = 'all', itemsMax = 10) =>
  defineSaga<Totes>('totes')
    .each('tote', {
      title: 'Each tote',
      items: ({ input }) => input.totes,
      itemsMax,
      concurrencyMax,
      need,
      way: (saga, { item, index }) =>
        saga
          .step('fetch', act('fetch'), { ...simple('fetch'), input: () => ({ value: item.id }) })
          .step('load', act('load'), {
            title: 'Load',
            input: ({ steps }) => ({ value: steps.fetch.value }),
            undo: { activity: act('unload'), title: 'Unload', input: () => ({ value: index }) },
          }),
      output: ({ steps }) => ({ loaded: steps.load.value }),
      onFailure: { ITEMS_TOO_MANY: goOn },
    })
    .step('after', act('after'), simple('after'))
    .end({ title: 'Totes', version: 1, output: ({ steps }) => ({ tote: steps.tote }) });

describe('a way for each item', () => {
  test('so many at once, each with its own item and its own outputs', () => {
    const saga = new Played(totes(2), given(11, 12, 13));
    expect(saga.underWay).toEqual(['fetch', 'fetch']);
    const [first, second] = saga.intents.filter((intent) => intent.do === 'run');
    expect([first?.input, second?.input]).toEqual([{ value: 11 }, { value: 12 }]);
    saga.ok({ value: 112 }, second);
    saga.ok({ value: 111 }, first);
    const loads = saga.intents.filter((one) => one.do === 'run' && one.activity.name === 'load');
    // Each sees what was fetched in its own way, whichever was fetched last.
    expect(loads).toMatchObject([{ input: { value: 112 } }, { input: { value: 111 } }]);
    expect(loads).toMatchObject([{ work: { visit: 1 } }, { work: { visit: 2 } }]);
    saga.ok({ value: 7 }, saga.at('load'));
    expect(saga.running).toMatchObject({ activity: { name: 'fetch' }, input: { value: 13 } });
    expect(saga.running.work.visit).toBe(3);
    saga.ok({ value: 6 }, saga.at('load'));
    saga.ok({ value: 113 }, saga.at('fetch'));
    saga.ok({ value: 8 }, saga.at('load'));
    saga.done('after');
    expect(saga.state.result?.output).toEqual({
      tote: {
        items: [
          { index: 0, outcome: 'completed', output: { loaded: 6 } },
          { index: 1, outcome: 'completed', output: { loaded: 7 } },
          { index: 2, outcome: 'completed', output: { loaded: 8 } },
        ],
        completed: 3,
        failed: 0,
      },
    });
  });

  test('an empty list is passed by', () => {
    const saga = new Played(totes(2), given());
    expect(saga.underWay).toEqual(['after']);
  });

  test('an empty list of which one is needed fails', () => {
    const saga = new Played(totes(2, 'any'), given());
    expect(saga.state.status).toBe('compensated');
    expect(saga.state.result?.reason).toContain('0 ways and needs any');
  });

  test('a list that is too long fails the node, by its code', () => {
    const saga = new Played(totes(2, 'all', 2), given(1, 2, 3));
    expect(saga.underWay).toEqual(['after']);
    expect(saga.state.journal).toMatchObject([
      { node: 'tote', outcome: 'failed', output: { code: 'ITEMS_TOO_MANY' } },
    ]);
  });

  test('what is no list fails the saga with words', () => {
    const saga = new Played(totes(2), { totes: 5 });
    expect(saga.state).toMatchObject({
      status: 'compensated',
      result: { reason: 'its items are no list' },
    });
  });

  test('one that fails undoes all, those begun and those done, with the inputs of their own ways', () => {
    const saga = new Played(totes(2), given(11, 12, 13, 14));
    saga.done('fetch', 'fetch', 'load'); // the first is done, so the third has begun
    saga.fail('BROKEN', false, saga.at('load'));
    expect(saga.underWay).toEqual(['fetch', 'unload', 'unload']);
    const unloads = saga.intents.filter((one) => one.do === 'run' && one.activity.name === 'unload');
    expect(unloads.map((one) => one.do === 'run' && one.input)).toEqual([{ value: 1 }, { value: 0 }]);
    saga.done('unload', 'unload', 'fetch', 'undo-fetch', 'undo-fetch', 'undo-fetch');
    expect(saga.state.status).toBe('compensated');
    expect(saga.acts.filter((name) => name === 'fetch')).toHaveLength(3); // the fourth never began
  });

  test('when enough have come, no further one is begun', () => {
    const saga = new Played(totes(1, 2), given(11, 12, 13));
    saga.done('fetch', 'load', 'fetch', 'load', 'after');
    expect(saga.state.result?.output).toMatchObject({
      tote: { items: [{}, {}, { index: 2, outcome: 'cancelled', output: null }], completed: 2 },
    });
  });

  test('settled: those that fail are undone, the others are kept', () => {
    const saga = new Played(totes(3, 'settled'), given(11, 12));
    saga.done('fetch');
    saga.fail('BROKEN', false, saga.at('load'));
    saga.done('unload', 'undo-fetch', 'fetch', 'load', 'after');
    expect(saga.state.result?.output).toMatchObject({
      tote: { items: [{ outcome: 'failed', output: null }, { outcome: 'completed' }], failed: 1 },
    });
  });

  test('a thousand are undone a bounded number at a time', () => {
    const count = 200;
    const saga = new Played(
      totes(64, 'settled', 1_000),
      given(...Array.from({ length: count }, (_, at) => at)),
    );
    for (let at = 0; at < count; at += 1) saga.done('fetch', 'load');
    saga.fail('BROKEN', false, saga.at('after'));
    saga.done('undo-after');
    expect(saga.underWay).toHaveLength(64);
    let most = 0;
    for (let at = 0; at < 2 * count; at += 1) {
      most = Math.max(most, saga.state.positions.length);
      saga.ok({ value: 0 }, saga.at(saga.underWay[0] ?? ''));
    }
    expect(most).toBe(64);
    expect(saga.state.status).toBe('compensated');
    expect(saga.state.journal.filter(({ amends }) => amends === 'made')).toHaveLength(2 * count + 1);
  });
});

describe('within a way', () => {
  test('an undo turns back only its own way, and counts only its own times', () => {
    const definition = defineSaga<Totes>('turned-back')
      .each('tote', {
        title: 'Each tote',
        items: ({ input }) => input.totes,
        way: (saga) =>
          saga.step('fetch', act('fetch'), simple('fetch')).step('load', act('load'), {
            ...simple('load'),
            onFailure: { '*': undoTo('fetch', 1) },
          }),
      })
      .end({ title: 'Turned back', version: 1 });
    const saga = new Played(definition, given(1, 2));
    saga.done('fetch', 'fetch');
    for (let way = 0; way < 2; way += 1) {
      saga.fail('JAM', false, saga.at('load'));
      saga.done('undo-load', 'undo-fetch', 'fetch');
    }
    expect(saga.state.status).toBe('running');
    expect(saga.underWay).toEqual(['load', 'load']);
    saga.done('load', 'load');
    expect(saga.state.status).toBe('completed');
  });

  test('what a later step takes over is that of its own way', () => {
    const definition = defineSaga<Totes>('taken-over')
      .each('tote', {
        title: 'Each tote',
        items: ({ input }) => input.totes,
        way: (saga) =>
          saga
            .step('pick', act('pick'), simple('pick'))
            .step('drop', act('drop'), { title: 'Drop', input: () => ({ value: 0 }), voids: ['pick'] }),
      })
      .end({ title: 'Taken over', version: 1 });
    const saga = new Played(definition, given(1, 2));
    saga.done('pick', 'pick', 'drop');
    saga.fail('BROKEN', false, saga.at('drop'));
    expect(saga.underWay).toEqual(['undo-pick']);
    expect(saga.running.work.visit).toBe(2);
  });
});

describe('groups in groups', () => {
  const nested = defineSaga<{ readonly docks: readonly (readonly number[])[] }>('nested')
    .each('dock', {
      title: 'Each dock',
      items: ({ input }) => input.docks,
      way: (saga, dock) =>
        saga.step('open', act('open'), simple('open')).each('tote', {
          title: 'Each tote',
          items: () => dock.item as never,
          way: (inner, tote) =>
            inner.step('load', act('load'), {
              ...simple('load'),
              input: () => ({ value: tote.item as never }),
            }),
        }),
    })
    .end({ title: 'Nested', version: 1 });

  test('know the items of all around them', () => {
    const saga = new Played(nested, { docks: [[1, 2], [3]] });
    saga.done('open', 'open');
    const loads = saga.intents.filter((one) => one.do === 'run' && one.activity.name === 'load');
    expect(loads.map((one) => one.do === 'run' && one.input)).toEqual([
      { value: 1 },
      { value: 2 },
      { value: 3 },
    ]);
    expect(saga.state.positions.map(({ lane }) => lane)).toEqual([
      '/dock.1.0/tote.1.0',
      '/dock.1.0/tote.1.1',
      '/dock.1.1/tote.2.0',
    ]);
    saga.done('load', 'load', 'load');
    expect(saga.state.status).toBe('completed');
  });

  test('fail outwards: the inner ways first, then what stood before them', () => {
    const saga = new Played(nested, { docks: [[1, 2], [3]] });
    saga.done('open', 'open', 'load');
    saga.fail('BROKEN', false, saga.at('load'));
    saga.done('load');
    expect(saga.underWay).toEqual(['undo-load', 'undo-load', 'undo-load']);
    saga.done('undo-load');
    expect(saga.underWay).toEqual(['undo-load', 'undo-load']);
    saga.done('undo-load');
    expect(saga.underWay).toHaveLength(2);
    expect(saga.underWay).toContain('undo-open');
    saga.done('undo-open', 'undo-load', 'undo-open');
    expect(saga.state).toMatchObject({ status: 'compensated', groups: [] });
  });
});

describe('a loop', () => {
  const rounds = (timesMax: number) =>
    defineSaga<Numbers>('rounds')
      .loop('round', {
        title: 'Round',
        timesMax,
        way: (saga, index) =>
          saga.step('weigh', act('weigh'), { ...simple('weigh'), input: () => ({ value: index }) }),
        again: ({ steps }) => gt(steps.weigh.value, 10),
      })
      .end({ title: 'Rounds', version: 1, output: ({ steps }) => [steps.round, steps.weigh] });

  test('goes round while it should, with the index of the pass', () => {
    const saga = new Played(rounds(5));
    expect(saga.running.input).toEqual({ value: 0 });
    saga.ok({ value: 30 });
    expect(saga.running).toMatchObject({ input: { value: 1 }, work: { node: 'weigh', visit: 2 } });
    saga.ok({ value: 20 });
    saga.ok({ value: 10 });
    expect(saga.state.status).toBe('completed');
    expect(saga.state.result?.output).toEqual([{ passes: 3 }, { value: 10 }]);
  });

  test('so often at most, then another way; the passes are undone newest first', () => {
    const saga = new Played(rounds(2));
    saga.ok({ value: 30 });
    saga.ok({ value: 20 });
    expect(saga.underWay).toEqual(['undo-weigh']);
    expect(saga.running.work.visit).toBe(2);
    saga.ok();
    expect(saga.running.work.visit).toBe(1);
    saga.ok();
    expect(saga.state.result?.reason).toBe('gone round 2 times without success');
  });

  test('fails with its pass', () => {
    const saga = new Played(rounds(3));
    saga.ok({ value: 30 });
    saga.fail('BROKEN');
    saga.done('undo-weigh', 'undo-weigh');
    expect(saga.state).toMatchObject({ status: 'compensated', groups: [] });
  });

  test('that goes round without waiting ends with words', () => {
    const definition = defineSaga<Numbers>('empty')
      .loop('outer', {
        title: 'Outer',
        timesMax: 1_000,
        again: () => ({ $eq: [1, 1] }) as never,
        way: (saga) =>
          saga.loop('inner', {
            title: 'Inner',
            timesMax: 1_000,
            again: () => ({ $eq: [1, 1] }) as never,
            way: (inner) =>
              inner.branch('pass', { title: 'Pass', when: () => ({}) as never, way: (deep) => deep }),
            onExhausted: goOn,
          }),
      })
      .end({ title: 'Empty', version: 1 });
    const saga = new Played(definition);
    expect(saga.state).toMatchObject({
      status: 'compensated',
      groups: [],
      result: { reason: 'it goes round without waiting' },
    });
  });
});
