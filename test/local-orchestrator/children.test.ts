import { Type } from 'typebox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { offset } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import { defineSaga, goOn, sagaNamed } from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { type Numbers, type NumbersOptions, startNumbers, statusOf, undo, work } from './numbers.ts';
import { openSagaStore, temporaryFolder } from './site.ts';

const title = 'Work';
const Value = Type.Object({ value: Type.Integer() });

/** Does something that can be undone, waits for word, and says what it was told. */
const child = defineSaga<Numbers>('child')
  .step('act', work, {
    title,
    input: ({ input }) => input,
    undo: { activity: undo, title, input: ({ input }) => input },
  })
  .signal('word', { title: 'Word', signal: 'go', payload: Value })
  .end({ title: 'Child', version: 1, output: ({ steps }) => ({ value: steps.word.value }) });
const parent = defineSaga<Numbers>('parent')
  .child('part', sagaNamed<Numbers, Numbers>('child'), { title: 'Part', input: ({ input }) => input })
  .step('after', work, { title, input: ({ steps }) => ({ value: steps.part.value }) })
  .end({ title: 'Parent', version: 1, output: ({ steps }) => ({ value: steps.after.value }) });
const CHILD = 'p-1/part.1';

const start = (options: Omit<NumbersOptions, 'sagas'> = {}) =>
  startNumbers({ sagas: [child, parent], ...options });

/** The process ends as if its power was cut, at the commit that would tell the parent. */
function cutBeforeTelling(store: Store): { store: Store; fired: () => boolean } {
  let fired = false;
  const tells = (ops: Parameters<Store['commit']>[0]) =>
    ops.some(
      (op) =>
        op.op === 'run' && op.statement === 'saga.history' && String(op.params.event).includes('child-ended'),
    );
  const commit: Store['commit'] = (ops, options) => {
    if (!fired && !tells(ops)) return store.commit(ops, options);
    fired = true;
    return Promise.reject(new ApplianceError('STORE_CLOSED'));
  };
  return { store: { ...store, commit }, fired: () => fired };
}

describe('a child', () => {
  test('belongs to the same order, and its parent goes on with what it made', async () => {
    const site = await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await site.orchestrator.startSaga(
      'parent',
      'p-1',
      { value: 1 },
      { correlationId: 'order-7', traceparent },
    );
    await until('the child acts', () => site.calls.length === 1);
    await site.orchestrator.signal(CHILD, { id: 'e-1', name: 'go', payload: { value: 40 } });
    await until('the parent ends', () => site.ended.get('p-1') === 'completed');
    expect(site.calls.at(-1)).toMatchObject({ key: 'p-1:after.1', value: 40 });
    const events = await site.store.readLog(offset(0), { countMax: 99, types: ['holdfast.saga.ended.v1'] });
    expect(events.map(({ event }) => [event.subject, event.correlationid, event.traceparent])).toEqual([
      [CHILD, 'order-7', traceparent],
      ['p-1', 'order-7', traceparent],
    ]);
  });

  test('whose end was on disk when the power went is told to its parent once', async () => {
    const dir = temporaryFolder();
    const store = await openSagaStore(dir);
    onTestFinished(() => store.close());
    const cut = cutBeforeTelling(store);
    const first = await start({ dir: temporaryFolder(), parts: { store: cut.store } as never });
    await first.orchestrator.startSaga('parent', 'p-1', { value: 1 });
    await until('the child acts', () => first.calls.length === 1);
    await first.orchestrator.signal(CHILD, { id: 'e-1', name: 'go', payload: { value: 40 } });
    await until('the power goes', cut.fired);
    await first.close();
    expect([await statusOf(store, CHILD), await statusOf(store, 'p-1')]).toEqual(['completed', 'running']);
    await store.close();

    const second = await start({ dir });
    await expect.poll(() => statusOf(second.store, 'p-1'), { timeout: 20_000 }).toBe('completed');
    expect(second.calls).toMatchObject([{ key: 'p-1:after.1', value: 40 }]);
    const history = await second.store.query('saga.historyOf', { sagaId: 'p-1', countMax: 99 });
    expect(history.filter(({ event }) => String(event).includes('child-ended'))).toHaveLength(1);
  });

  test('that had not begun when the power went begins at the next start', async () => {
    const dir = temporaryFolder();
    const store = await openSagaStore(dir);
    onTestFinished(() => store.close());
    let fired = false;
    const commit: Store['commit'] = (ops, options) => {
      fired ||= ops.some(
        (op) => op.op === 'run' && op.statement === 'saga.insert' && op.params.sagaId === CHILD,
      );
      return fired ? Promise.reject(new ApplianceError('STORE_CLOSED')) : store.commit(ops, options);
    };
    const first = await start({ dir: temporaryFolder(), parts: { store: { ...store, commit } } as never });
    await first.orchestrator.startSaga('parent', 'p-1', { value: 1 });
    await until('the power goes', () => fired);
    await first.close();
    await store.close();

    const second = await start({ dir });
    await until('the child acts', () => second.calls.length === 1);
    expect(second.calls).toMatchObject([{ key: `${CHILD}:act.1` }]);
  });

  test('is cancelled with its parent, which waits until everything is undone', async () => {
    const site = await start();
    await site.orchestrator.startSaga('parent', 'p-1', { value: 1 });
    await expect.poll(() => site.orchestrator.stats().sagasAlive).toBe(2);
    await until('the child acts', () => site.calls.length === 1);
    await site.orchestrator.cancelSaga('p-1', 'ann', 'not needed');
    await until('the parent ends', () => site.ended.has('p-1'));
    expect([...site.ended]).toEqual([
      [CHILD, 'cancelled'],
      ['p-1', 'cancelled'],
    ]);
    expect(site.calls.map(({ activity }) => activity)).toEqual(['test.work', 'test.undo']);
    expect(site.orchestrator.stats().sagasAlive).toBe(0);
  });

  test('that may not be begun by others fails its step with words', async () => {
    const asking = defineSaga<Numbers>('asking')
      .child('part', sagaNamed<Numbers, Numbers>('pick-order'), {
        title: 'Part',
        input: ({ input }) => input,
        onFailure: { CHILD_MISSING: goOn },
      })
      .end({ title: 'Asking', version: 1 });
    const site = await startNumbers({ sagas: [asking] });
    await site.orchestrator.startSaga('asking', 'p-1', { value: 1 });
    await until('it ends', () => site.ended.get('p-1') === 'completed');
    const history = await site.store.query('saga.historyOf', { sagaId: 'p-1', countMax: 99 });
    expect(history.map(({ event }) => String(event)).join()).toContain('it is not begun by name');
  });
});

test('a definition whose child is not there refuses the start with words', async () => {
  await expect(startNumbers({ sagas: [parent] })).rejects.toMatchObject({
    code: 'SAGA_CHILD_MISSING',
    message: expect.stringContaining('begins saga child'),
  });
});
