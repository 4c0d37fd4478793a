import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { modelStateChanged } from '#contracts/events/model.ts';
import { silentLog } from '#contracts/log.ts';
import { type ModelAnswer, ModelConfig, type ModelQuestion } from '#contracts/models.ts';
import type { ActivityCall } from '../../local-orchestrator/activities/activity.ts';
import { createModels } from '../../local-orchestrator/models/models.ts';
import { PEER_START_MS_MAX, type PythonPeer, startPythonPeer } from '../support/python-peer.ts';
import { until } from '../support/until.ts';
import { openSagaStore } from './parts.ts';

const GUARD = { windowCount: 40, accuracyMin: 0.7, psiMax: 0.25, failuresMax: 3 };

/** The models of a site on a store of its own; `restart` opens them again on the same data. */
async function startModels(given: readonly Record<string, unknown>[]) {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-models-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const configs = given.map((one) => Value.Default(ModelConfig, { guard: GUARD, ...one }) as ModelConfig);
  const open = async () => {
    const store = await openSagaStore(dir);
    const parts = {
      store,
      clock: systemClock,
      log: silentLog,
      site: { id: 'test', timeZone: 'Europe/Berlin' },
    };
    const models = createModels(parts, { configs, tokens: new Map([['damage', 'secret']]), fetch });
    await models.open();
    const ask = async (question: Partial<ModelQuestion>, key: string = randomUUID()) => {
      const input = { model: 'damage', input: {}, options: ['good', 'damaged'], cacheMs: 0, ...question };
      const call = { key, input, signal: AbortSignal.timeout(5_000) } as unknown as ActivityCall;
      const result = await models.desk.runner.run(call);
      if (result.outcome !== 'succeeded') throw new Error('it did not succeed');
      return result.output as unknown as ModelAnswer;
    };
    return {
      store,
      ask,
      models,
      standing: (name = 'damage') => models.desk.models().find((one) => one.name === name),
      async close() {
        await models.stop();
        await store.close();
      },
    };
  };
  let now = await open();
  onTestFinished(() => now.close());
  return {
    get now() {
      return now;
    },
    async restart() {
      await now.close();
      now = await open();
      return now;
    },
  };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A service of the plain shape whose answer the test can change. */
async function plainService() {
  const seen: { authorization: string | undefined; body: unknown }[] = [];
  const next = { status: 200, body: { answer: 'good', score: 0.9, version: '1' } as unknown };
  const url = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        authorization: request.headers.authorization,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      response
        .writeHead(next.status)
        .end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body));
    });
  });
  return { url, seen, next };
}

/** An answer of Triton, by the public description of the protocol and of Triton's extensions of it. */
const tritonAnswer = {
  model_name: 'damage',
  model_version: '3',
  parameters: { sequence_id: 0, sequence_start: false, sequence_end: false },
  outputs: [
    { name: 'label', datatype: 'BYTES', shape: [1, 1], data: ['damaged'] },
    { name: 'index', datatype: 'INT64', shape: [1, 1], data: [1] },
    { name: 'probabilities', datatype: 'FP32', shape: [1, 2], data: [0.0474259, 0.9525741] },
  ],
};

describe('a service of the Open Inference Protocol (answers as Triton gives them)', () => {
  const config = (url: string, change: Record<string, unknown> = {}) => ({
    name: 'damage',
    kind: 'kserve',
    url,
    model: 'damage',
    inputs: [
      { name: 'place', datatype: 'BYTES', features: ['place'] },
      { name: 'dents', datatype: 'INT64', features: ['dents'] },
      { name: 'age', datatype: 'FP32', features: ['age'] },
    ],
    scores: 'probabilities',
    labels: ['good', 'damaged'],
    ...change,
  });
  const input = { place: 'rack-1', dents: 3, age: 1.5 };

  test('is read by the names of its outputs, in whatever order, and never asked for binary ones', async () => {
    const service = await plainService();
    service.next.body = tritonAnswer;
    const { now } = await startModels([config(service.url)]);
    expect(await now.ask({ input })).toMatchObject({ answer: 'damaged', score: 0.9525741, version: '3' });
    const [asked] = service.seen;
    expect(asked?.body).toEqual({
      inputs: [
        { name: 'place', shape: [1, 1], datatype: 'BYTES', data: ['rack-1'] },
        { name: 'dents', shape: [1, 1], datatype: 'INT64', data: [3] },
        { name: 'age', shape: [1, 1], datatype: 'FP32', data: [1.5] },
      ],
      outputs: [{ name: 'probabilities' }],
    });
    expect(JSON.stringify(asked?.body)).not.toContain('binary');
  });

  test.each([
    ['nested by its shape', { shape: [1, 1, 2], data: [[[0.25, 0.75]]] }, 0.75],
    ['that is a little above 1 in FP32', { data: [0, 1.000_000_12] }, 1],
  ])('has a score %s', async (_name, change, score) => {
    const service = await plainService();
    const [label, index, probabilities] = tritonAnswer.outputs;
    service.next.body = { ...tritonAnswer, outputs: [{ ...probabilities, ...change }, index, label] };
    const { now } = await startModels([config(service.url)]);
    expect(await now.ask({ input })).toMatchObject({ answer: 'damaged', score });
  });

  test.each([
    ['text instead of numbers', { datatype: 'BYTES', data: ['0.05', '0.95'] }],
    ['a tensor in binary form', { data: undefined, parameters: { binary_data_size: 8 } }],
  ])('with %s is no answer, and the words name the output', async (_name, change) => {
    const service = await plainService();
    const [label, index, probabilities] = tritonAnswer.outputs;
    service.next.body = { ...tritonAnswer, outputs: [label, index, { ...probabilities, ...change }] };
    const { now } = await startModels([config(service.url)]);
    await expect(now.ask({ input })).rejects.toThrow('probabilities should hold 2 probabilities and holds 0');
  });
});

describe('a service of the Open Inference Protocol (MLServer)', () => {
  let peer: PythonPeer<{ url: string }>;
  beforeAll(async () => {
    peer = await startPythonPeer('mlserver_peer.py', 'requirements-mlserver.txt');
  }, PEER_START_MS_MAX);
  afterAll(() => peer?.close());

  const config = (change: Record<string, unknown> = {}) => ({
    name: 'damage',
    kind: 'kserve',
    url: peer.ready.url,
    model: 'damage',
    inputs: [{ name: 'numbers', datatype: 'FP64', features: ['dents', 'age', 'heavy'] }],
    scores: 'probabilities',
    labels: ['good', 'damaged'],
    ...change,
  });

  test('is asked with tensors and answers with its best label, score and version', async () => {
    const { now } = await startModels([config()]);
    const answer = await now.ask({ input: { dents: 3, age: 1, heavy: true } });
    expect(answer).toMatchObject({ answer: 'damaged', model: 'damage', version: '7' });
    expect(answer.score).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    expect((await now.ask({ input: { dents: 0, age: 4, heavy: false } })).answer).toBe('good');
  });

  test('that does not know the model is a failure that trying again does not cure', async () => {
    const { now } = await startModels([config({ model: 'unknown' })]);
    await expect(now.ask({ input: { dents: 1, age: 1, heavy: false } })).rejects.toMatchObject({
      code: 'MODEL_ANSWER',
      retryable: false,
    });
  });

  test('is not asked with a feature that is no number', async () => {
    const { now } = await startModels([config()]);
    await expect(now.ask({ input: { dents: 'many', age: 1, heavy: false } })).rejects.toThrow(
      'feature dents',
    );
  });
});

describe('a service of the plain shape', () => {
  test('gets model, input and options, with its token, and may explain itself', async () => {
    const service = await plainService();
    const top = [{ feature: 'dents', value: '3', effect: 0.8 }];
    service.next.body = { answer: 'damaged', score: 0.8, version: '2', top };
    const { now } = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    const answer = await now.ask({ input: { dents: 3 } });
    expect(answer).toEqual({ answer: 'damaged', score: 0.8, model: 'damage', version: '2', top });
    expect(service.seen).toEqual([
      {
        authorization: 'Bearer secret',
        body: { model: 'damage', input: { dents: 3 }, options: ['good', 'damaged'] },
      },
    ]);
  });

  test.each([
    ['an answer that is no option', { answer: 'maybe', score: 1, version: '1' }, 200, 'MODEL_ANSWER', false],
    ['a score past 1', { answer: 'good', score: 7, version: '1' }, 200, 'MODEL_ANSWER', false],
    ['no JSON', 'good', 200, 'MODEL_ANSWER', false],
    ['a refusal', {}, 400, 'MODEL_ANSWER', false],
    ['a fault', {}, 503, 'MODEL_UNREACHABLE', true],
  ])('refuses %s', async (_what, body, status, code, retryable) => {
    const service = await plainService();
    Object.assign(service.next, { body, status });
    const { now } = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    await expect(now.ask({})).rejects.toMatchObject({ code, retryable });
  });

  test('is asked once for the same piece of work, also after a restart', async () => {
    const service = await plainService();
    const site = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    const first = await site.now.ask({}, 'one');
    service.next.body = { answer: 'damaged', score: 1, version: '1' };
    expect(await (await site.restart()).ask({}, 'one')).toEqual(first);
    expect(service.seen.length).toBe(1);
  });

  test('answers the same input from memory while cacheMs lasts, and each decision is recorded', async () => {
    const service = await plainService();
    const { now } = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    for (const dents of [1, 1, 2]) await now.ask({ input: { dents }, cacheMs: 60_000 });
    expect(service.seen.length).toBe(2);
    expect(now.standing()?.asked).toBe(3);
  });
});

describe('trust', () => {
  test('is lost to a shift of the inputs, told, and the fallback decides; a person can accept the shift', async () => {
    const [main, other] = [await plainService(), await plainService()];
    other.next.body = { answer: 'damaged', score: 0.6, version: '1' };
    const site = await startModels([
      { name: 'damage', kind: 'http', url: main.url, fallback: 'spare' },
      { name: 'spare', kind: 'http', url: other.url },
    ]);
    const { now } = site;
    for (let n = 0; n < GUARD.windowCount; n += 1) await now.ask({ input: { dents: n % 10 } });
    expect(now.standing()).toMatchObject({ state: 'trusted', version: '1' });
    let answer: ModelAnswer | undefined;
    for (let n = 0; n < GUARD.windowCount && now.standing()?.state === 'trusted'; n += 1) {
      answer = await now.ask({ input: { dents: 50 + n } });
    }
    expect(answer?.model).toBe('damage');
    expect(now.standing()).toMatchObject({ state: 'drifted', psiOf: 'dents' });
    expect(await now.ask({ input: { dents: 60 } })).toMatchObject({ model: 'spare', answer: 'damaged' });
    const log = await now.store.readLog(0 as never, { countMax: 100, types: [modelStateChanged.type] });
    expect(log.at(-1)?.event.data).toMatchObject({ model: 'damage', to: 'drifted', instead: 'spare' });

    // It is measured on the side meanwhile, and known after a restart.
    const again = await site.restart();
    expect(again.standing()?.state).toBe('drifted');
    await expect(again.models.desk.rebase('damage', 'tina')).rejects.toMatchObject({
      code: 'SAGA_MODEL_BASELINE',
    });
    for (let n = 0; n < GUARD.windowCount; n += 1) {
      await again.ask({ input: { dents: 50 + n } });
      await again.models.desk.idle();
    }
    await again.models.desk.rebase('damage', 'tina');
    expect(again.standing()?.state).toBe('trusted');
    expect((await again.ask({ input: { dents: 60 } })).model).toBe('damage');
  });

  test('is lost without answers, and comes back with the first one', async () => {
    const service = await plainService();
    const { now } = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    service.next.status = 500;
    for (let n = 0; n < GUARD.failuresMax; n += 1) {
      await expect(now.ask({})).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' });
    }
    expect(now.standing()?.state).toBe('failing');
    service.next.status = 200;
    await expect(now.ask({})).rejects.toMatchObject({ code: 'MODEL_UNTRUSTED' });
    await until('it has answered on the side', () => now.standing()?.state !== 'failing');
    expect((await now.ask({})).answer).toBe('good');
  });

  test('of a new version begins anew', async () => {
    const service = await plainService();
    const { now } = await startModels([{ name: 'damage', kind: 'http', url: service.url }]);
    for (let n = 0; n < GUARD.windowCount; n += 1) await now.ask({ input: { dents: n } });
    expect(now.standing()?.state).toBe('trusted');
    service.next.body = { answer: 'good', score: 0.5, version: '2' };
    await now.ask({ input: { dents: 1 } });
    expect(now.standing()).toMatchObject({ state: 'learning', version: '2' });
  });
});
