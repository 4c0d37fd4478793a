import { expect, onTestFinished, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import type { Rollout, RolloutRequest } from '#contracts/rollout.ts';
import type { SagaQuery } from '#contracts/saga-api.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { watchRollouts } from '../../appliance/rollout-alarms.ts';
import { definitionHash, diagramOf, exampleSagas } from '../../local-orchestrator/index.ts';
import { restingSagas } from './resting-sagas.ts';
import { startTestApi } from './test-api.ts';

async function startApi() {
  const asked: SagaQuery[] = [];
  const begun: RolloutRequest[] = [];
  const cancelled: string[] = [];
  const api = await startTestApi({
    sagas: {
      ...restingSagas.sagas,
      definitions: () => [
        { ...(exampleSagas()[0] as SagaDefinition), name: 'x', search: { zone: null, customer: null } },
      ],
      search: async (query) => {
        asked.push(query);
        return { sagas: [], next: null, count: null };
      },
      cancel: async (sagaId, by, reason) => void cancelled.push(`${sagaId} by ${by}: ${reason}`),
    },
    versions: {
      ...restingSagas.versions,
      rollouts: {
        ...restingSagas.versions.rollouts,
        start: async (request) => {
          begun.push(request);
          throw new ApplianceError('ROLLOUT_UNDER_WAY', { name: request.name, rolloutId: 'r-1' });
        },
      },
    },
  });
  onTestFinished(() => api.end());
  return { api, asked, begun, cancelled };
}

test('a search says in the URL what it wants, one attribute or several', async () => {
  const { api, asked } = await startApi();
  const headers = api.as('viewer');
  const one = await api.ask('GET', '/sagas?attribute=zone%3Da&status=running&limit=3', { headers });
  expect(one.statusCode).toBe(200);
  await api.ask('GET', '/sagas?attribute=zone%3Da&attribute=customer%3DACME%20Corp.&version=2&name=x', {
    headers,
  });
  expect(asked).toEqual([
    { attribute: ['zone=a'], status: 'running', limit: 3 },
    { attribute: ['zone=a', 'customer=ACME Corp.'], version: 2, name: 'x', limit: 50 },
  ]);
  for (const query of ['status=odd', 'attribute=nothing', 'limit=0', 'other=1', 'hash=XYZ', 'from=soon']) {
    expect((await api.ask('GET', `/sagas?${query}`, { headers })).statusCode, query).toBe(400);
  }
  expect(asked).toHaveLength(2);
});

test('a saga that is not there is not found, and an operator may ask for the end of one', async () => {
  const { api, cancelled } = await startApi();
  expect((await api.ask('GET', '/sagas/nobody?at=3', { headers: api.as('viewer') })).statusCode).toBe(404);
  const cancel = (role: 'viewer' | 'operator') =>
    api.ask('POST', '/sagas/s-1/cancel', { headers: api.as(role), payload: { reason: 'not needed' } });
  expect((await cancel('viewer')).statusCode).toBe(403);
  expect((await cancel('operator')).statusCode).toBe(202);
  expect(cancelled).toEqual(['s-1 by machine-operator: not needed']);
});

test('a definition is drawn by its whole hash, as it is', async () => {
  const [saga] = exampleSagas();
  if (saga === undefined) throw new Error('there are examples');
  const hash = definitionHash(saga);
  const api = await startTestApi({
    sagas: {
      ...restingSagas.sagas,
      diagram: async (asked) => (asked === hash ? diagramOf(saga) : restingSagas.sagas.diagram(asked)),
    },
  });
  onTestFinished(() => api.end());
  const headers = api.as('viewer');
  const drawn = await api.ask('GET', `/diagrams/${hash}`, { headers });
  expect(drawn.statusCode).toBe(200);
  expect(drawn.json()).toEqual(diagramOf(saga));
  const unknown = `/diagrams/${'0'.repeat(64)}`;
  expect((await api.ask('GET', unknown, { headers })).statusCode).toBe(404);
  expect((await api.ask('GET', '/diagrams/abcdef', { headers })).statusCode).toBe(400);
});

test('versions and rollouts are a technician’s, with every limit of the guard filled in', async () => {
  const { api, begun } = await startApi();
  const payload = {
    name: 'flow',
    hash: 'abcdef12',
    take: { percent: 10 },
    guard: { samplesMin: 5 },
    reason: 'faster',
  };
  const start = (role: 'operator' | 'technician', body: object) =>
    api.ask('POST', '/rollouts', { headers: api.as(role), payload: body });
  expect((await start('operator', payload)).statusCode).toBe(403);
  const refused = await start('technician', payload);
  expect(refused.statusCode).toBe(409);
  expect(refused.json()).toMatchObject({
    code: 'ROLLOUT_UNDER_WAY',
    hint: expect.stringContaining('Promote'),
  });
  expect(begun).toEqual([
    {
      ...payload,
      key: 'saga.correlation',
      guard: {
        samplesMin: 5,
        windowMs: 86_400_000,
        failureMore: 0.05,
        compensationMore: 0.1,
        durationFactor: 2,
      },
    },
  ]);
  for (const wrong of [
    { ...payload, take: { percent: 0 } },
    { ...payload, take: {} },
    { ...payload, key: 'steps.one' },
    { ...payload, hash: 'zz' },
    { ...payload, reason: '' },
  ]) {
    expect((await start('technician', wrong)).statusCode, JSON.stringify(wrong)).toBe(400);
  }
  const missing = await api.ask('POST', '/rollouts/flow/promote', {
    headers: api.as('technician'),
    payload: { reason: 'well' },
  });
  expect(missing.statusCode).toBe(404);
});

test('a version that was taken back rings until another is tried or chosen', () => {
  const active = new Map<string, string>();
  let tell: (rollout: Rollout) => void = () => {};
  let choose: (name: string) => void = () => {};
  watchRollouts(
    {
      onChosen(listener) {
        choose = listener;
        return () => {};
      },
      rollouts: {
        ...restingSagas.versions.rollouts,
        onChanged(listener) {
          tell = listener;
          return () => {};
        },
      },
    },
    {
      raise: ({ alarmId, text }) => void active.set(alarmId, text),
      clear: (alarmId) => void active.delete(alarmId),
    } as Parameters<typeof watchRollouts>[1],
  );
  const rollout = { name: 'flow', to: 'abcdef1234567890', endReason: '30 % failed' };
  tell({ ...rollout, state: 'rolled-back' } as Rollout);
  expect([...active]).toEqual([['rollout/flow', 'Version abcdef123456 of flow was taken back: 30 % failed']]);
  tell({ ...rollout, state: 'running' } as Rollout);
  expect(active.size).toBe(0);
  tell({ ...rollout, state: 'rolled-back' } as Rollout);
  expect(active.size).toBe(1);
  choose('flow');
  expect(active.size).toBe(0);
});
