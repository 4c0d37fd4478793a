import { afterAll, beforeAll, expect, test } from 'vitest';
import { damageModel } from '../support/damage-model.ts';
import { startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.end());

test('models are listed with their state and why, and the risk of orders with what it lacks', async () => {
  const answer = await api.ask('GET', '/models', { headers: api.as('viewer') });
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    {
      models: [damageModel],
      orderRisk: expect.objectContaining({ trained: false, why: 'no order has ended yet' }),
    },
  ]);
});

test('a technician lets a model be trusted again; an operator may not', async () => {
  const path = '/models/damage-check/baseline';
  expect((await api.ask('POST', path, { headers: api.as('operator') })).statusCode).toBe(403);
  expect((await api.ask('POST', path, { headers: api.as('technician') })).json()).toMatchObject({
    state: 'trusted',
  });
});

test('an unknown model is named, with those that are known', async () => {
  const answer = await api.ask('POST', '/models/other/baseline', { headers: api.as('technician') });
  expect([answer.statusCode, answer.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'SAGA_MODEL_NOT_FOUND' }),
  ]);
});
