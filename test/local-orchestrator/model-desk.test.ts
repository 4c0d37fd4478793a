import { Value } from 'typebox/value';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import { ModelConfig, type ModelQuestion } from '#contracts/models.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { openLocalDisk } from '../../appliance/store/index.ts';
import type { ActivityCall } from '../../local-orchestrator/activities/activity.ts';
import { workKey } from '../../local-orchestrator/decide/names.ts';
import type { Change } from '../../local-orchestrator/engine/engine.ts';
import { orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import { createModelDesk } from '../../local-orchestrator/models/model-desk.ts';
import type { ModelSource } from '../../local-orchestrator/models/model-source.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const OPTIONS = ['good', 'damaged'];
const guard = { windowCount: 40, accuracyMin: 0.7, psiMax: 0.25, failuresMax: 1 };

/** Models without a service, and what was written down about them; `busy` is how many commits the store refuses. */
async function openDesk(sources: readonly ModelSource[], clock: Clock = systemClock) {
  const disk = openLocalDisk(orchestratorStoreModules);
  onTestFinished(() => disk.close());
  const local = disk.start({ clock });
  const ops: StoreOp[] = [];
  const faults = { busy: 0 };
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: (_details, message) => void warned.push(message) };
  const store: Store = {
    ...local,
    commit: async (some, options) => {
      if (faults.busy > 0) {
        faults.busy -= 1;
        throw new ApplianceError('STORE_BUSY', { waiting: 1, what: 'commits' });
      }
      ops.push(...some);
      return local.commit(some, options);
    },
  };
  const configs = sources.map(
    ({ name }) =>
      Value.Default(ModelConfig, { name, kind: 'http', url: 'http://model.test', guard }) as ModelConfig,
  );
  const desk = createModelDesk({ store, clock, log, site: 'test', configs, sources });
  await desk.open();
  const ask = async (model: string, key: string) => {
    const input: ModelQuestion = { model, input: {}, options: OPTIONS, cacheMs: 0 };
    const signal = new AbortController().signal;
    return desk.runner.run({ key, input, signal } as unknown as ActivityCall);
  };
  return { desk, ask, ops, faults, warned };
}

test('decisions of each model are trimmed, however they take turns with those of others', async () => {
  const infer: ModelSource['infer'] = async () => ({ answer: 'good', score: 0.9, version: '1', top: [] });
  const { ask, ops } = await openDesk([
    { name: 'left', infer },
    { name: 'right', infer },
  ]);
  for (let n = 0; n < 1_000; n += 1) {
    await ask('left', `left-${n}`);
    await ask('right', `right-${n}`);
  }
  const trimmed = ops.flatMap((op) =>
    op.op === 'run' && op.statement === 'models.forget' ? [op.params.model] : [],
  );
  expect(trimmed).toEqual(['left', 'right']);
});

test('a stop waits for no model that is asked on the side, and does not hold it against the model', async () => {
  let givenUp: unknown;
  let asked = 0;
  const silent: ModelSource = {
    name: 'silent',
    infer({ signal }) {
      asked += 1;
      if (asked === 1) throw new Error('away');
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          givenUp = signal.reason;
          reject(signal.reason);
        });
      });
    },
  };
  const { desk, ask, ops } = await openDesk([silent]);
  await expect(ask('silent', 'one')).rejects.toThrow('away');
  // Not followed any more, it is asked on the side, and does not answer.
  await expect(ask('silent', 'two')).rejects.toMatchObject({ code: 'MODEL_UNTRUSTED' });
  await until('it is asked on the side', () => asked === 2);
  const before = [...ops];
  await desk.stop();
  expect(givenUp).toMatchObject({ code: 'SAGA_STOPPED' });
  expect(ops).toEqual(before);
});

test('trust that is lost while the store is busy is told of, and lost soon after', async () => {
  const infer: ModelSource['infer'] = async () => ({ answer: 'good', score: 0.9, version: '1', top: [] });
  const clock = createFakeClock();
  const { desk, ask, faults, warned } = await openDesk([{ name: 'damage', infer }], clock);
  /** A person has decided otherwise at the model step of that saga. */
  const overruled = (sagaId: string) => {
    const entry = { node: 'check', visit: 1, output: { decision: 'damaged', by: 'ann' } };
    desk.committed({
      instance: { sagaId, definition: { nodes: { check: { kind: 'model' } } } },
      decision: { journal: [{ op: 'add', entry }] },
    } as unknown as Change);
  };
  const sagas = Array.from({ length: 20 }, (_, n) => `saga-${n}`);
  for (const sagaId of sagas)
    await ask('damage', workKey(sagaId, { node: 'check', visit: 1, role: 'action' }));
  faults.busy = 2;
  for (const sagaId of sagas) overruled(sagaId);
  await until('it was tried', () => faults.busy === 1);
  await clock.pass(5_000);
  await until('it was tried again', () => faults.busy === 0);
  expect(desk.models()).toMatchObject([{ state: 'learning' }]);
  await clock.pass(5_000);
  await until('the trust is lost', () => desk.models()[0]?.state === 'inaccurate');
  expect(warned).toHaveLength(2);
  await expect(ask('damage', 'next')).rejects.toMatchObject({ code: 'MODEL_UNTRUSTED' });
});
