import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../local-orchestrator/engine/codec.ts';
import { defineSaga, gt } from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { type Numbers, startNumbers, work } from './numbers.ts';
import { startSite, temporaryFolder } from './site.ts';

describe('time travel', () => {
  test('a saga is made anew at each of its positions, and at the newest it is the stored one', async () => {
    const site = await startSite();
    await site.order('A-1');
    const { sagaId } = await site.reached('A-1', 'completed');
    const { history } = site.orchestrator;
    const newest = await history.sagaAt(sagaId ?? '');
    expect(newest).toMatchObject({ faithful: true, state: { status: 'completed' } });
    const count = newest?.newest ?? 0;
    expect(count).toBeGreaterThan(8);
    for (let position = 1; position <= count; position += 1) {
      const then = await history.sagaAt(sagaId ?? '', position);
      expect(then?.at).toBe(position);
      expect(then?.state.status).toBe(position === count ? 'completed' : 'running');
      expect(then?.faithful).toBe(position === count ? true : null);
    }
    const first = await history.sagaAt(sagaId ?? '', 1);
    expect(first?.state.journal).toEqual([]);
    const [row] = await site.store.query('history.saga', { sagaId: sagaId ?? '' });
    const journal = await site.store.query('saga.journal', { ids: JSON.stringify([sagaId]) });
    expect(newest?.state).toEqual(stateOf({ ...row, started_ms: newest?.state.startedMs ?? 0 }, journal));
  });

  test('the past is told as far as this release decides as the one that ran it, and no further', async () => {
    const dir = temporaryFolder();
    const first = await startSite({ dir });
    await first.order('A-1');
    const { sagaId } = await first.reached('A-1', 'completed');
    await first.close();
    // As another release would have written it: the same state, told otherwise.
    const file = new Database(join(dir, 'site.db'));
    const { changes } = file
      .prepare(
        `UPDATE saga_history SET emitted = '[["holdfast.saga.other.v1",{}]]' WHERE saga_id = ? AND seq = 5`,
      )
      .run(sagaId);
    file.close();
    expect(changes).toBe(1);
    const { history } = (await startSite({ dir })).orchestrator;
    expect(await history.sagaAt(sagaId ?? '', 4)).toMatchObject({ at: 4, faithful: null });
    expect(await history.sagaAt(sagaId ?? '', 6)).toMatchObject({ at: 4, faithful: false });
    expect(await history.view(sagaId ?? '')).toMatchObject({ at: 4, faithful: false });
  });

  test('a position tells in words what happened, and how the nodes of the diagram stood', async () => {
    const site = await startSite();
    site.plant.fault('jam', 1, (command) =>
      command.call.action === 'goTo'
        ? {
            do: 'answer',
            result: {
              state: 'failed',
              code: 'BLOCKED',
              reason: 'a pallet stands in the way',
              retryable: true,
            },
          }
        : undefined,
    );
    await site.order('A-2');
    const { sagaId } = await site.reached('A-2', 'completed');
    expect(site.plant.fired.get('jam')).toBe(1);
    const { history } = site.orchestrator;
    const view = await history.view(sagaId ?? '');
    expect(view).toMatchObject({ status: 'completed', faithful: true, earlier: 0 });
    const told = view?.steps.map(({ what }) => what) ?? [];
    expect(told[0]).toBe('It was begun');
    const failedAt = told.findIndex((what) => what.includes('a pallet stands in the way'));
    expect(failedAt).toBeGreaterThan(0);
    expect(view?.nodes.filter(({ state }) => state === 'active' || state === 'waiting')).toEqual([]);
    expect(view?.nodes.filter(({ kind, state }) => kind === 'end' && state === 'done')).toHaveLength(1);

    const then = await history.view(sagaId ?? '', failedAt + 1);
    expect(then?.status).toBe('running');
    expect(then?.steps).toEqual(view?.steps.slice(0, failedAt + 1));
    expect(then?.nodes.filter(({ state }) => state === 'waiting')).toHaveLength(1);
    expect(then?.output).toBeNull();
  });

  test('its picture has the same nodes, and an undo that nothing led to is not shown as passed', async () => {
    const site = await startSite();
    await site.order('A-3');
    const { sagaId } = await site.reached('A-3', 'completed');
    const view = await site.orchestrator.history.view(sagaId ?? '');
    const undos = view?.nodes.filter(({ kind }) => kind === 'undo') ?? [];
    expect(undos.length).toBeGreaterThan(0);
    expect(undos.filter(({ state }) => state !== 'idle')).toEqual([]);
    const diagram = await site.orchestrator.history.diagram(view?.saga.hash ?? '');
    const drawn = diagram.nodes.filter(({ kind }) => kind !== 'compensation').map(({ id }) => id);
    expect(drawn.toSorted()).toEqual(view?.nodes.map(({ id }) => id).toSorted());
  });

  test('one way of a group is told from the group itself', async () => {
    const both = defineSaga<Numbers>('both')
      .parallel('sides', {
        title: 'Both sides',
        ways: {
          left: {
            title: 'Left',
            way: (saga) => saga.signal('hear', { title: 'Hear', signal: 'word', payload: Type.Object({}) }),
          },
          right: {
            title: 'Right',
            way: (saga) => saga.step('work', work, { title: 'Work', input: ({ input }) => input }),
          },
        },
      })
      .end({ title: 'Both', version: 1 });
    const site = await startNumbers({ sagas: [both] });
    await site.orchestrator.startSaga('both', 'b-1', { value: 1 });
    const told = async () => (await site.orchestrator.history.view('b-1'))?.steps.flatMap(({ made }) => made);
    await until(
      'a way has come',
      async () => (await told())?.includes('a way of "Both sides" is done') === true,
    );
    expect(await told()).not.toContain('"Both sides" is done');
    await site.orchestrator.signal('b-1', { id: 'e-1', name: 'word', payload: {} });
    await until('it ends', () => site.ended.get('b-1') === 'completed');
    const all = (await told()) ?? [];
    expect(all.filter((words) => words === 'a way of "Both sides" is done')).toHaveLength(2);
    expect(all.filter((words) => words === '"Both sides" is done')).toHaveLength(1);
  });

  test('which way a branch took, and a timer that was waited for, are told and shown', async () => {
    const late = defineSaga<Numbers>('late')
      .branch('is-late', {
        title: 'Late?',
        when: ({ input }) => gt(input.value, 1),
        way: (saga) => saga.timer('rest', { title: 'Rest', delayMs: () => 5 }),
      })
      .step('work', work, { title: 'Work', input: ({ input }) => input })
      .end({ title: 'Late', version: 1 });
    const site = await startNumbers({ sagas: [late] });
    await site.orchestrator.startSaga('late', 'l-1', { value: 2 });
    await until('it ends', () => site.ended.get('l-1') === 'completed');
    const { history } = site.orchestrator;
    const first = await history.view('l-1', 1);
    expect(first?.steps[0]?.made).toEqual([
      '"Late?": yes, on to "Rest"',
      expect.stringMatching(/^"Rest" is waited for until 20\d\d-.*Z$/),
    ]);
    expect(first?.edges).toEqual([{ from: 'is-late', to: 'rest', kind: 'decision', label: 'yes' }]);
    const last = await history.view('l-1');
    expect(last?.faithful).toBe(true);
    expect(last?.edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'is-late rest',
      'rest work',
      'work end',
    ]);
    const made = last?.steps.flatMap((step) => step.made);
    expect(made).toContain('"Rest" is over');
    expect(made).toContain('it comes to the end "Done"');
    // A choice has no output of its own: what it recorded is for the history.
    expect(Object.keys(last?.outputs ?? {})).toEqual(['work']);
  });

  test('a saga that is not there is not there at any position', async () => {
    const site = await startSite();
    expect(await site.orchestrator.history.view('nobody', 3)).toBeUndefined();
  });
});
