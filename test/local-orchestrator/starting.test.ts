import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import {
  createOrchestrator,
  defineSaga,
  implement,
  localActivity,
  orchestratorStoreModules,
  sagaNamed,
} from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { places, sagaConfig } from './parts.ts';
import { createPlant } from './plant.ts';

const print = localActivity<object, object>('t.print', 1, 'neither');
const printing = defineSaga<object>('printing')
  .step('print', print, { title: 'Print', input: () => ({}) })
  .end({ title: 'Printing', version: 1 });

/** An orchestrator that nobody has started yet. */
function makeOrchestrator(run: () => Promise<object>, sagas: readonly SagaDefinition[] = [printing]) {
  const disk = openLocalDisk(orchestratorStoreModules);
  const store = disk.start({ clock: systemClock });
  const plant = createPlant(['amr-1']);
  const orchestrator = createOrchestrator({
    store,
    commands: plant.commands,
    fleet: plant.fleet,
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    site: { id: 'test', timeZone: 'UTC' },
    config: sagaConfig,
    places,
    sagas,
    activities: [implement(print, run)],
  });
  onTestFinished(async () => {
    await orchestrator.stop();
    disk.close();
  });
  return { store, orchestrator };
}

test('nothing is begun, told or ended until the work of before is taken up', async () => {
  const printed = Promise.withResolvers<object>();
  let prints = 0;
  const { store, orchestrator } = makeOrchestrator(() => {
    prints += 1;
    return printed.promise;
  });
  const starting = { code: 'SAGA_STARTING', retryable: true };
  const tooEarly = () =>
    Promise.all([
      expect(orchestrator.startSaga('printing', 's-1', {})).rejects.toMatchObject(starting),
      expect(orchestrator.cancelSaga('s-1', 'ann', 'no')).rejects.toMatchObject(starting),
      expect(orchestrator.signal('s-1', { id: 'one', name: 'go', payload: null })).rejects.toMatchObject(
        starting,
      ),
    ]);
  await tooEarly();
  const started = orchestrator.start();
  // Whoever asks while it starts: an act that is not to be repeated must not be taken for one of before.
  await tooEarly();
  expect(orchestrator.isStarted()).toBe(false);
  await started;
  expect(orchestrator.isStarted()).toBe(true);

  expect(await orchestrator.startSaga('printing', 's-1', {})).toBe('changed');
  await until('it prints', () => prints === 1);
  printed.resolve({});
  const status = async () => (await store.query('saga.state', { sagaId: 's-1' }))[0]?.status;
  await until('it has ended', async () => (await status()) === 'completed');
  expect([prints, orchestrator.tasks()]).toEqual([1, []]);
});

test('a child that is given what its schema refuses stops the start, with the place', async () => {
  const careful = defineSaga('careful', Type.Object({ paper: Type.String() }))
    .step('print', print, { title: 'Print', input: () => ({}) })
    .end({ title: 'Careful', version: 1 });
  // Told by its name, what it takes is only claimed.
  const careless = defineSaga<object>('careless')
    .child('below', sagaNamed<{ paper: number }, object>('careful'), {
      title: 'Print',
      input: () => ({ paper: 4 }),
    })
    .end({ title: 'Careless', version: 1 });
  const { orchestrator } = makeOrchestrator(async () => ({}), [careful, careless]);
  await expect(orchestrator.start()).rejects.toMatchObject({
    code: 'SAGA_DEFINITION_INVALID',
    message: expect.stringMatching(/careless.*below, input\.paper.*must be string/),
    hint: expect.stringContaining('what careful takes'),
  });
});

test('while more sagas wait to be decided than seconds of work, no more begin; then they do again', async () => {
  const { orchestrator } = makeOrchestrator(async () => ({}));
  await orchestrator.start();
  // Asked at once, so that nothing is decided in between.
  const asked = Array.from({ length: 5_001 }, (_, index) =>
    orchestrator.startSaga('printing', `s-${index}`, {}).catch((error: unknown) => error),
  );
  expect(await asked.at(-1)).toMatchObject({
    code: 'SAGA_BUSY',
    retryable: true,
    message: 'Saga s-5000 was not begun: 5000 sagas wait to be decided',
  });
  const outcomes = await Promise.all(asked);
  expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(5_000);
  expect(await orchestrator.startSaga('printing', 's-5000', {})).toBe('changed');
});
