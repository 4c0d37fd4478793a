import { describe, expect, test } from 'vitest';
import type { JoinPolicy } from '#contracts/sagas.ts';
import { areOrdered } from '../../local-orchestrator/decide/lanes.ts';
import { defineSaga, endFailed, goOn, park, way } from '../../local-orchestrator/index.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';

/** Before, then three ways of one step each, of which the last has two, then after. */
const ways = (need: JoinPolicy = 'all', rest: 'cancel' | 'await' = 'cancel', onFailure = {}) =>
  defineSaga<Numbers>('ways')
    .step('before', act('before'), simple('before'))
    .parallel('group', {
      title: 'Group',
      need,
      rest,
      onFailure,
      ways: {
        a: { title: 'A', way: (saga) => saga.step('a', act('a'), simple('a')) },
        b: { title: 'B', way: (saga) => saga.step('b', act('b'), simple('b')) },
        c: {
          title: 'C',
          way: (saga) => saga.step('c', act('c'), simple('c')).step('d', act('d'), simple('d')),
        },
      },
    })
    .step('after', act('after'), simple('after'))
    .end({ title: 'Ways', version: 1, output: ({ steps }) => ({ group: steps.group }) });

const begun = (...options: Parameters<typeof ways>) => {
  const saga = new Played(ways(...options));
  saga.done('before');
  return saga;
};
const said = (saga: Played) => saga.state.result?.output;

describe('ways at once', () => {
  test('all begin together, each goes its own way, and what follows waits for all of them', () => {
    const saga = begun();
    expect(saga.underWay).toEqual(['a', 'b', 'c']);
    saga.done('c', 'a', 'd');
    expect(saga.underWay).toEqual(['b']);
    saga.done('b');
    expect(saga.underWay).toEqual(['after']);
    saga.done('after');
    expect(said(saga)).toEqual({
      group: { ways: { a: 'completed', b: 'completed', c: 'completed' }, completed: 3, failed: 0 },
    });
    expect(saga.state).toMatchObject({ status: 'completed', groups: [], positions: [], unwindings: [] });
  });

  test('names what it does in each way by its own number', () => {
    const saga = begun();
    expect(saga.state.positions.map(({ node, visit, lane }) => [node, visit, lane])).toEqual([
      ['a', 1, '/group.1.a'],
      ['b', 1, '/group.1.b'],
      ['c', 1, '/group.1.c'],
    ]);
  });

  test.each([
    ['/p.1.a', '/p.1.a', true],
    ['', '/p.1.a', true],
    ['/p.1.a', '/p.1.b', false],
    ['/p.1.a', '/p.1.ab', false],
    ['/p.1.a/e.1.3', '/p.1.b', false],
    ['/p.1.a', '/p.2.b', true],
    ['/p.1.a', '/q.1.b', true],
    ['/l.1#0', '/l.1#1', true],
    ['/l.1#0/p.1.a', '/l.1#1/p.2.b', true],
    ['/l.1#0/p.1.a', '/l.1#0/p.1.b', false],
  ])('whether %j and %j come one after the other: %j', (one, other, ordered) => {
    expect(areOrdered(one, other)).toBe(ordered);
    expect(areOrdered(other, one)).toBe(ordered);
  });
});

describe('a way that fails', () => {
  test('that is needed: the others are stopped, all are undone side by side, then what was before them', () => {
    const saga = begun();
    saga.done('a', 'c');
    saga.fail('BROKEN', false, saga.at('d'));
    expect(saga.last.intents.filter(({ do: what }) => what === 'abort')).toMatchObject([
      { work: { node: 'b' } },
    ]);
    // b still runs: its own amends wait for it, those of the other ways do not.
    expect(saga.underWay).toEqual(['b', 'undo-d', 'undo-a']);
    saga.done('b');
    expect(saga.underWay).toEqual(['undo-d', 'undo-a', 'undo-b']);
    saga.done('undo-d');
    expect(saga.underWay).toEqual(['undo-a', 'undo-b', 'undo-c']);
    saga.done('undo-c', 'undo-b');
    expect(saga.underWay).toEqual(['undo-a']);
    saga.done('undo-a');
    expect(saga.underWay).toEqual(['undo-before']);
    saga.done('undo-before');
    expect(saga.state).toMatchObject({ status: 'compensated', result: { reason: 'it said BROKEN' } });
  });

  test('that is not needed is undone by itself while the others go on', () => {
    const saga = begun(2);
    saga.done('c');
    saga.fail('BROKEN', false, saga.at('d'));
    expect(saga.underWay).toEqual(['a', 'b', 'undo-d']);
    saga.done('a', 'b');
    saga.done('undo-d', 'undo-c');
    saga.done('after');
    expect(said(saga)).toEqual({
      group: { ways: { a: 'completed', b: 'completed', c: 'failed' }, completed: 2, failed: 1 },
    });
  });

  test('two that fail at once are counted together, though neither is undone yet', () => {
    const saga = begun(2);
    saga.fail('BROKEN', false, saga.at('a'));
    expect(saga.state.status).toBe('running');
    saga.fail('WORSE', false, saga.at('b'));
    expect(saga.state.status).toBe('compensating');
    expect(saga.state.result).toBeNull();
  });

  test('settled: each comes to its end, well or not', () => {
    const saga = begun('settled');
    saga.fail('BROKEN', false, saga.at('a'));
    saga.done('undo-a', 'b', 'c');
    expect(saga.underWay).toEqual(['d']);
    saga.done('d', 'after');
    expect(said(saga)).toMatchObject({ group: { ways: { a: 'failed' }, completed: 2, failed: 1 } });
  });

  test('leads where the group says, by its code, after the ways are undone and nothing else', () => {
    const saga = begun('all', 'cancel', { FLAT: goOn });
    saga.done('a', 'b');
    saga.fail('FLAT', false, saga.at('c'));
    expect(saga.underWay).toEqual(['undo-c', 'undo-b', 'undo-a']);
    saga.done('undo-a', 'undo-b', 'undo-c');
    expect(saga.underWay).toEqual(['after']);
    expect(saga.state.groups).toEqual([]);
  });

  test.each(['GROUP_FAILED', '*'])('leads where %s leads, whatever its code', (code) => {
    const saga = begun('all', 'cancel', { [code]: endFailed('so it is') });
    saga.fail('FLAT', false, saga.at('c'));
    saga.done('a', 'b', 'undo-c', 'undo-b', 'undo-a', 'undo-before');
    expect(saga.state.result?.reason).toBe('so it is');
  });

  test('can wait for a person, who has the group begun again', () => {
    const saga = begun('all', 'cancel', { '*': park });
    saga.fail('FLAT', false, saga.at('c'));
    saga.done('a', 'b', 'undo-a', 'undo-b', 'undo-c');
    expect(saga.state.positions).toMatchObject([{ at: 'task', node: 'group', lane: '' }]);
    expect(saga.last.records).toMatchObject([
      { record: 'task-opened', task: { title: 'Failed: Group' } },
      { record: 'parked', work: { node: 'group' }, cause: 'not-retryable', reason: 'it said FLAT' },
    ]);
    saga.decideTask('retry');
    expect(saga.underWay).toEqual(['a', 'b', 'c']);
    expect(saga.at('a').work.visit).toBe(2);
    saga.done('a', 'b', 'c', 'd', 'after');
    expect(saga.state.status).toBe('completed');
  });

  test('can wait for a person, who gives it up', () => {
    const saga = begun('all', 'cancel', { '*': park });
    saga.fail('FLAT', false, saga.at('c'));
    saga.done('a', 'b', 'undo-a', 'undo-b', 'undo-c');
    saga.decideTask('cancel', 'no more');
    saga.done('undo-before');
    expect(saga.state).toMatchObject({ status: 'cancelled', result: { reason: 'no more' } });
  });
});

describe('enough ways', () => {
  test('any: the others are stopped and undone, then it goes on', () => {
    const saga = begun('any');
    saga.done('c', 'a');
    expect(saga.last.intents).toMatchObject([
      { do: 'abort', work: { node: 'b' } },
      { do: 'abort', work: { node: 'd' } },
    ]);
    expect(saga.underWay).toEqual(['b', 'd']); // c is below d, which still moves
    saga.fail('STOPPED', false, saga.at('b'));
    saga.done('d');
    expect(saga.underWay).toEqual(['undo-b', 'undo-d']);
    saga.done('undo-b', 'undo-d', 'undo-c');
    expect(saga.underWay).toEqual(['after']);
    saga.done('after');
    expect(said(saga)).toEqual({
      group: { ways: { a: 'completed', b: 'cancelled', c: 'cancelled' }, completed: 1, failed: 0 },
    });
  });

  test('with the rest awaited: they come to their ends, and one that fails is only undone', () => {
    const saga = begun('any', 'await');
    saga.done('a');
    expect(saga.last.intents).toEqual([]);
    saga.fail('BROKEN', false, saga.at('b'));
    saga.done('undo-b', 'c', 'd', 'after');
    expect(said(saga)).toMatchObject({ group: { ways: { a: 'completed', b: 'failed', c: 'completed' } } });
  });

  test('a way that ends at once decides the group before the next one begins', () => {
    const definition = defineSaga<Numbers>('at-once')
      .parallel('group', {
        title: 'Group',
        need: 'any',
        ways: {
          none: {
            title: 'None',
            way: (saga) =>
              saga.branch('pass', { title: 'Pass', when: () => ({}) as never, way: (inner) => inner }),
          },
          some: { title: 'Some', way: (saga) => saga.step('b', act('b'), simple('b')) },
        },
      })
      .end({ title: 'At once', version: 1, output: ({ steps }) => steps.group });
    const saga = new Played(definition);
    expect(saga.acts).toEqual([]);
    expect(saga.state.status).toBe('completed');
    expect(said(saga)).toMatchObject({ ways: { none: 'completed', some: 'cancelled' } });
  });
});

describe('the end of all', () => {
  test('inside a way ends the whole saga', () => {
    const definition = defineSaga<Numbers>('ending')
      .step('before', act('before'), simple('before'))
      .parallel('group', {
        title: 'Group',
        need: 'any',
        ways: {
          a: { title: 'A', way: (saga) => saga.step('a', act('a'), simple('a')) },
          b: {
            title: 'B',
            way: (saga) =>
              saga.step('b', act('b'), {
                ...simple('b'),
                onFailure: { '*': way((inner) => inner.step('look', act('look'), simple('look'))) },
              }),
          },
          c: {
            title: 'C',
            way: (saga) =>
              saga.step('c', act('c'), { ...simple('c'), onFailure: { '*': endFailed('it is over') } }),
          },
        },
      })
      .end({ title: 'Ending', version: 1 });
    const saga = new Played(definition);
    saga.done('before');
    saga.fail('BROKEN', false, saga.at('b'));
    expect(saga.underWay).toEqual(['a', 'c', 'look']);
    saga.fail('BROKEN', false, saga.at('c'));
    saga.done('look', 'a');
    expect(saga.underWay).toEqual(['undo-c', 'undo-look', 'undo-a']);
    saga.done('undo-look', 'undo-b', 'undo-a', 'undo-c', 'undo-before');
    expect(saga.state).toMatchObject({ status: 'compensated', result: { reason: 'it is over' } });
  });

  test('cancelled in the middle, every way is stopped and undone', () => {
    const saga = begun();
    saga.done('c');
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.last.intents).toMatchObject([
      { do: 'abort', work: { node: 'a' } },
      { do: 'abort', work: { node: 'b' } },
      { do: 'abort', work: { node: 'd' } },
    ]);
    saga.done('a');
    saga.fail('STOPPED', false, saga.at('b'));
    saga.done('d', 'undo-d', 'undo-a', 'undo-c', 'undo-b', 'undo-before');
    expect(saga.state).toMatchObject({ status: 'cancelled', result: { reason: 'enough' } });
  });

  test('cancelled while a way is being undone takes that over, and starts none of it twice', () => {
    const saga = begun(2);
    saga.done('c');
    saga.fail('BROKEN', false, saga.at('d'));
    expect(saga.underWay).toEqual(['a', 'b', 'undo-d']);
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(saga.state.unwindings).toMatchObject([{ lane: '', after: { end: 'cancelled' } }]);
    saga.done('undo-d', 'a', 'b', 'undo-c', 'undo-b', 'undo-a', 'undo-before');
    expect(saga.state.status).toBe('cancelled');
    expect(new Set(saga.acts).size).toBe(saga.acts.length);
  });
});
