import { Type } from 'typebox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import {
  type ActivityRunner,
  createOrchestrator,
  defineSaga,
  definitionHash,
  endFailed,
  goOn,
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

interface Release {
  readonly sagas?: readonly SagaDefinition[];
  readonly activities?: readonly ActivityRunner[];
  /** What outlives a restart. */
  readonly disk?: ReturnType<typeof openDisk>;
}

function openDisk() {
  const disk = openLocalDisk(orchestratorStoreModules);
  onTestFinished(() => disk.close());
  return disk;
}

/** An orchestrator that nobody has started yet. */
function makeOrchestrator({ sagas = [printing], activities = [], disk = openDisk() }: Release) {
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
    activities,
  });
  onTestFinished(() => orchestrator.stop());
  return { store, orchestrator };
}
const prints = (run: () => Promise<object> = async () => ({})) => implement(print, run);

test('nothing is begun, told or ended until the work of before is taken up', async () => {
  const printed = Promise.withResolvers<object>();
  let count = 0;
  const run = () => {
    count += 1;
    return printed.promise;
  };
  const { store, orchestrator } = makeOrchestrator({ activities: [prints(run)] });
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
  await until('it prints', () => count === 1);
  printed.resolve({});
  const status = async () => (await store.query('saga.state', { sagaId: 's-1' }))[0]?.status;
  await until('it has ended', async () => (await status()) === 'completed');
  expect([count, orchestrator.tasks()]).toEqual([1, []]);
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
  const { orchestrator } = makeOrchestrator({ sagas: [careful, careless], activities: [prints()] });
  await expect(orchestrator.start()).rejects.toMatchObject({
    code: 'SAGA_DEFINITION_INVALID',
    message: expect.stringMatching(/careless.*below, input\.paper.*must be string/),
    hint: expect.stringContaining('what careful takes'),
  });
});

test('a saga that asks a model nobody has declared stops the start, with the name of the model', async () => {
  const asking = defineSaga<object>('asking')
    .model('risk', {
      title: 'Risky?',
      model: 'crystal-ball',
      input: () => ({}),
      actAt: 0.9,
      approveAt: 0.5,
      text: () => 'Well?',
      options: {
        yes: { label: 'Yes', tone: 'danger', needsNote: false, leads: endFailed('too risky') },
        no: { label: 'No', tone: 'primary', needsNote: false, leads: goOn },
      },
    })
    .end({ title: 'Asking', version: 1 });
  const { orchestrator } = makeOrchestrator({ sagas: [asking] });
  await expect(orchestrator.start()).rejects.toMatchObject({
    code: 'SAGA_MODEL_MISSING',
    message: expect.stringMatching(/asking.*crystal-ball/),
  });
});

describe('a release that lacks what a version needs', () => {
  const stamp = localActivity<object, object>('t.stamp', 1);
  const stamping = defineSaga<object>('printing')
    .step('stamp', stamp, { title: 'Stamp', input: () => ({}) })
    .end({ title: 'Printing', version: 2 });
  const hash = definitionHash(stamping);
  /** Both versions are there; the older is what new sagas get. */
  const whole = { sagas: [stamping, printing], activities: [prints(), implement(stamp, async () => ({}))] };
  const poor = { sagas: [printing], activities: [prints()] };

  test('does not start on one that a person has chosen', async () => {
    const disk = openDisk();
    const first = makeOrchestrator({ ...whole, disk }).orchestrator;
    await first.start();
    await first.versions.choose('printing', hash, 'ann', 'stamps are better');
    await first.stop();
    await expect(makeOrchestrator({ ...poor, disk }).orchestrator.start()).rejects.toMatchObject({
      code: 'ROLLOUT_VERSION_UNFIT',
      message: expect.stringMatching(/printing cannot run here: .*needs activity t\.stamp@1/),
    });
    // With what it needs, it starts as it was left.
    const again = makeOrchestrator({ ...whole, disk }).orchestrator;
    await again.start();
    const current = (await again.versions.list('printing')).filter((version) => version.current);
    expect(current).toMatchObject([{ hash, pinned: true }]);
  });

  test('aborts the rollout of one, and begins sagas on the other', async () => {
    const disk = openDisk();
    const first = makeOrchestrator({ ...whole, disk }).orchestrator;
    await first.start();
    const all = { name: 'printing', hash, take: { percent: 100 }, reason: 'stamps are better' };
    await first.versions.rollouts.start(all, 'ann');
    await first.stop();
    const { store, orchestrator } = makeOrchestrator({ ...poor, disk });
    await orchestrator.start();
    expect(await orchestrator.versions.rollouts.list()).toMatchObject([
      {
        state: 'aborted',
        endedBy: 'holdfast',
        endReason: expect.stringMatching(/needs activity t\.stamp@1, which this release does not have/),
      },
    ]);
    await orchestrator.startSaga('printing', 's-1', {});
    const [row] = await store.query('saga.state', { sagaId: 's-1' });
    expect(row?.hash).toBe(definitionHash(printing));
  });
});

test('while more sagas wait to be decided than seconds of work, no more begin; then they do again', async () => {
  const { orchestrator } = makeOrchestrator({ activities: [prints()] });
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
