import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { hasEnded } from '../../local-orchestrator/decide/state.ts';
import { nodeViews } from '../../local-orchestrator/history/node-views.ts';
import { waysGone } from '../../local-orchestrator/history/ways-gone.ts';
import { defineSaga, diagramOf, endCancelled, endFailed, goOn, gt } from '../../local-orchestrator/index.ts';
import { samples } from '../support/samples.ts';
import { act, type Numbers, Played, simple } from './decide-kit.ts';
import { blocks, deeds, play } from './decide-random.ts';

function shown(saga: Pick<Played, 'definition' | 'state'>) {
  const gone = waysGone(saga.definition, saga.state);
  const nodes = nodeViews(saga.definition, saga.state, gone);
  return {
    edges: gone.edges.map(({ from, to, label }) => `${from} -${label}-> ${to}`),
    states: Object.fromEntries(nodes.map(({ id, state }) => [id, state])),
    reached: nodes.flatMap(({ id, state }) => (state === 'idle' ? [] : [id])),
  };
}

const work = act('work');
const plain = { title: 'Work', input: () => ({ value: 0 }) };

describe('the way that was gone', () => {
  /** Both ways lead to the same place, and one is the short cut: where they meet does not tell which it was. */
  const choosy = defineSaga<Numbers>('choosy')
    .branch('late', {
      title: 'Comes late?',
      when: ({ input }) => gt(input.value, 10),
      way: (saga) => saga.timer('night', { title: 'Night', delayMs: () => 1_000 }),
    })
    .step('work', work, plain)
    .end({ title: 'Choosy', version: 1 });

  test('at a branch is the one that was chosen, though both lead to the same step', () => {
    const short = shown(new Played(choosy, { value: 1 }));
    expect(short.edges).toEqual(['late -otherwise-> work']);
    expect(short.states).toMatchObject({ late: 'done', night: 'idle', work: 'active', end: 'idle' });
    const saga = new Played(choosy, { value: 11 });
    expect(shown(saga).edges).toEqual(['late -yes-> night']);
    expect(shown(saga).states).toMatchObject({ late: 'done', night: 'waiting', work: 'idle' });
    saga.wake(1_000);
    expect(shown(saga).edges).toEqual(['late -yes-> night', 'night --> work']);
    expect(shown(saga).states).toMatchObject({ night: 'done', work: 'active' });
    saga.ok();
    expect(shown(saga).edges).toContain('work --> end');
    expect(shown(saga).states).toMatchObject({ end: 'done' });
  });

  test('is one row of the transition that took it, and costs none of its own', () => {
    const saga = new Played(choosy, { value: 1 });
    expect(saga.state.seq).toBe(1);
    expect(saga.last.journal).toEqual([
      { op: 'add', entry: expect.objectContaining({ node: 'late', visit: 1, output: { case: null } }) },
    ]);
  });

  test('ends at the end that was reached, of several with the same outcome', () => {
    const saga = new Played(
      defineSaga<Numbers>('ends')
        .task('ask', {
          kind: 'ask',
          title: 'Ask',
          text: () => 'Which?',
          decisions: {
            yes: { label: 'Yes', tone: 'primary', needsNote: false, leads: goOn },
            no: { label: 'No', tone: 'danger', needsNote: false, leads: endCancelled('no') },
            never: { label: 'Never', tone: 'danger', needsNote: false, leads: endCancelled('never') },
          },
        })
        .end({ title: 'Ends', version: 1 }),
    );
    saga.decideTask('never');
    expect(saga.state.status).toBe('cancelled');
    expect(shown(saga).edges).toEqual(['ask -Never-> ask-never']);
    expect(shown(saga).reached).toEqual(['ask', 'ask-never']);
  });

  test('after a failure leads where its code does, and an end that is being worked towards is not done', () => {
    const saga = new Played(
      defineSaga<Numbers>('fails')
        .step('first', act('first'), simple('first'))
        .step('second', work, {
          ...plain,
          onFailure: { BUSY: endFailed('busy'), '*': endFailed('broken') },
        })
        .end({ title: 'Fails', version: 1 }),
    );
    saga.ok();
    saga.fail('BUSY');
    const failed = (code: string) =>
      Object.entries(saga.definition.nodes).find(
        ([, node]) => node.kind === 'end' && node.reason === code,
      )?.[0] ?? '';
    expect(shown(saga).states).toMatchObject({ first: 'undoing', [failed('busy')]: 'active' });
    saga.ok();
    expect(shown(saga).states).toMatchObject({
      first: 'undone',
      second: 'failed',
      [failed('busy')]: 'done',
      [failed('broken')]: 'idle',
    });
    expect(shown(saga).edges).toEqual([
      'first --> second',
      'first -undo-> first:undo',
      `second -BUSY-> ${failed('busy')}`,
    ]);
  });

  test('of a signal that did not come leads to what is done then', () => {
    const saga = new Played(
      defineSaga<Numbers>('silent')
        .signal('word', {
          title: 'Word',
          signal: 'word',
          payload: Type.Object({}),
          timeoutMs: 500,
          onTimeout: goOn,
        })
        .step('work', work, plain)
        .end({ title: 'Silent', version: 1 }),
    );
    saga.wake(500);
    expect(shown(saga).edges).toEqual(['word -too late-> work']);
    expect(shown(saga).states).toMatchObject({ word: 'failed' });
  });

  test('cut short by a cancellation ends where it was', () => {
    const saga = new Played(choosy, { value: 1 });
    saga.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    saga.ok();
    expect(saga.state.status).toBe('cancelled');
    expect(shown(saga).edges).toEqual(['late -otherwise-> work']);
    expect(shown(saga).states).toMatchObject({ work: 'done', end: 'idle' });
    const waiting = new Played(choosy, { value: 11 });
    waiting.give({ type: 'cancel', by: 'ann', reason: 'enough' });
    expect(shown(waiting).edges).toEqual(['late -yes-> night']);
    expect(shown(waiting).states).toMatchObject({ night: 'undone', work: 'idle' });
  });

  const rounds = defineSaga<Numbers>('rounds')
    .loop('round', {
      title: 'Round',
      timesMax: 2,
      way: (saga) => saga.step('work', work, plain),
      again: ({ steps }) => gt(steps.work.value, 0),
      onExhausted: endFailed('too often'),
    })
    .end({ title: 'Rounds', version: 1 });

  test.each([
    ['once', [0], [], ['round-join --> end']],
    ['twice, and then it is well', [1, 0], ['round-join -again-> work'], ['round-join --> end']],
    ['too often', [1, 1], ['round-join -again-> work'], ['round -after 2 times-> round-often']],
  ])('round a loop, %s', (_name, values, again, out) => {
    const saga = new Played(rounds);
    for (const value of values) saga.ok({ value });
    expect(hasEnded(saga.state)).toBe(true);
    const { edges } = shown(saga);
    expect(edges.toSorted()).toEqual(['round --> work', 'work --> round-join', ...again, ...out].toSorted());
  });

  test('of a group is that of the ways that came', () => {
    const saga = new Played(
      defineSaga<Numbers>('either')
        .parallel('sides', {
          title: 'Either side',
          need: 'any',
          ways: {
            left: { title: 'Left', way: (way) => way.step('left', act('left'), simple('left')) },
            right: {
              title: 'Right',
              way: (way) => way.timer('rest', { title: 'Rest', delayMs: () => 60_000 }),
            },
          },
        })
        .end({ title: 'Either', version: 1 }),
    );
    expect(shown(saga).edges).toEqual(['sides --> left', 'sides --> rest']);
    saga.done('left');
    expect(saga.state.status).toBe('completed');
    expect(shown(saga).edges.toSorted()).toEqual(
      ['left --> sides-join', 'sides --> left', 'sides --> rest', 'sides-join --> end'].toSorted(),
    );
    expect(shown(saga).states).toMatchObject({
      rest: 'undone',
      left: 'done',
      'sides-join': 'done',
      end: 'done',
    });
  });

  test.each([
    ['that has no items', []],
    ['of which every way failed, which is good enough', ['t1', 't2']],
  ])('of a group %s goes on past its join, though no way came to it', (_name, totes: string[]) => {
    const saga = new Played(
      defineSaga<{ totes: string[] }>('totes')
        .each('totes', {
          title: 'Totes',
          need: 'settled',
          items: ({ input }) => input.totes,
          concurrencyMax: 2,
          way: (way) => way.step('work', work, plain),
        })
        .end({ title: 'Totes', version: 1 }),
      { totes },
    );
    for (const _tote of totes) saga.fail('NONE', false, saga.at('work'));
    expect(saga.state.status).toBe('completed');
    expect(shown(saga).edges).toContain('totes-join --> end');
    expect(shown(saga).edges).not.toContain('work --> totes-join');
    expect(shown(saga).states).toMatchObject({ 'totes-join': 'done', end: 'done' });
  });
});

/** Where groups went on of which no way was completed: what failed is good enough for `settled`. */
const joinsOfNoWay = ({ nodes }: SagaDefinition, { journal }: Played['state']): string[] => {
  const none = journal.filter(({ outcome, output }) => {
    const completed = (output as { completed?: number } | null)?.completed;
    return outcome === 'done' && completed === 0;
  });
  return Object.entries(nodes).flatMap(([id, node]) =>
    node.kind === 'join' && none.some((group) => group.node === node.of) ? [id] : [],
  );
};

/** What a picture must be, wherever a saga is: nothing is reached but by a way that was gone. */
function expectUnbroken(definition: SagaDefinition, state: Played['state']): number {
  const { edges, reached } = shown({ definition, state });
  const gone = waysGone(definition, state).edges.filter(({ kind }) => kind !== 'compensation');
  const led = new Set([definition.start, ...gone.map(({ to }) => to), ...joinsOfNoWay(definition, state)]);
  expect(reached.filter((id) => !led.has(id))).toEqual([]);
  expect(gone.filter(({ from, to }) => !reached.includes(from) || !reached.includes(to))).toEqual([]);
  const drawn = diagramOf(definition).edges.map(({ from, to, label }) => `${from} -${label}-> ${to}`);
  expect(drawn).toEqual(expect.arrayContaining(edges));
  return gone.length;
}

test('any saga, at any position: every node reached is led to, and no way leads into nothing', () => {
  let gone = 0;
  fc.assert(
    fc.property(blocks, deeds, fc.nat(60), fc.boolean(), (chain, script, moment, isUnwanted) => {
      const run = play(chain, isUnwanted ? script.slice(0, moment) : script);
      for (const { decision } of run.decisions) gone += expectUnbroken(run.definition, decision.state);
    }),
    samples(100),
  );
  expect(gone).toBeGreaterThan(1_000);
});
