import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import { defineSaga } from '../../local-orchestrator/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';
import { type Numbers, passUntil, startNumbers, work } from './numbers.ts';
import { temporaryFolder } from './site.ts';

const DAY_MS = 86_400_000;
const Dock = Type.Object({ value: Type.Integer({ minimum: 1 }) });
const arrival = defineSaga<Numbers>('arrival')
  .signal('truck', { title: 'Truck', signal: 'arrived', payload: Dock })
  .step('unload', work, { title: 'Unload', input: ({ steps }) => ({ value: steps.truck.value }) })
  .end({ title: 'Arrival', version: 1 });
const pair = defineSaga<Numbers>('pair')
  .parallel('both', {
    title: 'Both',
    ways: {
      left: {
        title: 'Left',
        way: (saga) => saga.signal('left-word', { title: 'Left', signal: 'word', payload: Dock }),
      },
      right: {
        title: 'Right',
        way: (saga) => saga.signal('right-word', { title: 'Right', signal: 'word', payload: Dock }),
      },
    },
  })
  .end({ title: 'Pair', version: 1 });

const start = (options: Partial<Parameters<typeof startNumbers>[0]> = {}) =>
  startNumbers({ sagas: [arrival, pair], ...options });
type Site = Awaited<ReturnType<typeof start>>;
const dropped = async (site: Site) =>
  (await site.store.readLog(offset(0), { types: ['holdfast.signal.dropped.v1'], countMax: 99 })).map(
    ({ event }) => event.data,
  );

describe('a signal', () => {
  test('of the wrong shape is refused at the edge, with the place and the cure', async () => {
    const site = await start();
    await site.orchestrator.startSaga('arrival', 's-1', { value: 0 });
    const send = (name: string, payload: { value: number } | string) =>
      site.orchestrator.signal('s-1', { id: `e-${JSON.stringify(payload)}`, name, payload });
    await expect(send('arrived', { value: 0 })).rejects.toMatchObject({
      code: 'SAGA_SIGNAL_INVALID',
      message: expect.stringContaining('payload/value: must be >= 1'),
      hint: 'Send what the schema of step "truck" asks for.',
    });
    await expect(send('arived', { value: 1 })).rejects.toMatchObject({
      message: 'Signal arived for saga s-1, name: no step of arrival waits for it',
      hint: 'Its signals are: arrived.',
    });
    await send('arrived', { value: 7 });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    expect(site.calls).toMatchObject([{ value: 7 }]);
  });

  test('that came before its saga and does not fit is set aside with a record; the next one is taken', async () => {
    const site = await start();
    await site.orchestrator.signal('s-1', { id: 'e-1', name: 'arrived', payload: { dock: 'two' } });
    await site.orchestrator.signal('s-1', { id: 'e-2', name: 'arrived', payload: { value: 2 } });
    await site.orchestrator.startSaga('arrival', 's-1', { value: 0 });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    expect(site.calls).toMatchObject([{ value: 2 }]);
    expect(await dropped(site)).toMatchObject([
      {
        sagaId: 's-1',
        signalId: 'e-1',
        why: 'wrong-shape',
        reason: expect.stringContaining('"value" is missing'),
      },
    ]);
  });

  test('is taken by one of two that wait for its name, and the next by the other', async () => {
    const site = await start();
    await site.orchestrator.startSaga('pair', 's-1', { value: 0 });
    await Promise.all(
      [1, 2].map((value) =>
        site.orchestrator.signal('s-1', { id: `e-${value}`, name: 'word', payload: { value } }),
      ),
    );
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    const history = await site.store.query('saga.historyOf', { sagaId: 's-1', countMax: 99 });
    const taken = history
      .map(({ event }) => JSON.parse(String(event)))
      .filter(({ type }) => type === 'signal');
    expect(taken.map(({ signalId }) => signalId).toSorted()).toEqual(['e-1', 'e-2']);
  });

  test('that two wait for and that came early twice is found twice', async () => {
    const site = await start();
    for (const value of [1, 2]) {
      await site.orchestrator.signal('s-1', { id: `e-${value}`, name: 'word', payload: { value } });
    }
    await site.orchestrator.startSaga('pair', 's-1', { value: 0 });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
  });

  test('that nobody comes for expires with a record, and is not taken afterwards', async () => {
    const dir = temporaryFolder();
    const clock = createFakeClock();
    const site = await start({ dir, clock, config: { signalDaysMax: 2 } });
    await site.orchestrator.signal('s-1', { id: 'e-1', name: 'arrived', payload: { value: 1 } });
    await clock.pass(DAY_MS);
    await site.orchestrator.signal('s-1', { id: 'e-2', name: 'arrived', payload: { value: 2 } });
    await passUntil(clock, 3_600_000, 'it expires', async () => (await dropped(site)).length > 0);
    expect(await dropped(site)).toMatchObject([{ signalId: 'e-1', why: 'expired' }]);
    await site.orchestrator.startSaga('arrival', 's-1', { value: 0 });
    await until('it ends', () => site.ended.get('s-1') === 'completed');
    expect(site.calls).toMatchObject([{ value: 2 }]);
  });

  test('is one of so many at most that a saga can have waiting', async () => {
    const site = await start();
    const send = (index: number) =>
      site.orchestrator.signal('s-1', { id: `e-${index}`, name: 'arrived', payload: null });
    await Promise.all(Array.from({ length: 1_000 }, (_one, index) => send(index)));
    await expect(send(1_000)).rejects.toMatchObject({ code: 'SAGA_SIGNALS_FULL' });
    await send(7); // a repeat is no new one
  });
});
