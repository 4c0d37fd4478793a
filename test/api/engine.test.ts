import { expect, onTestFinished, test } from 'vitest';
import type { Breaker } from '#contracts/breakers.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { LimitQueue } from '#contracts/limits.ts';
import type { Schedule } from '#contracts/schedules.ts';
import { restingEngine } from './resting-engine.ts';
import { startTestApi } from './test-api.ts';

const breaker: Breaker = {
  id: 'device:amr-1',
  kind: 'device',
  name: 'amr-1',
  state: 'open',
  faults: 5,
  reason: 'motor fault',
  changedAt: '2026-01-01T00:00:00.000Z',
  retryAt: '2026-01-01T00:00:30.000Z',
};
const schedule: Schedule = {
  name: 'nightly',
  saga: 'cycle-count',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  missed: 'once',
  nextAt: '2026-01-01T01:30:00.000Z',
  lastAt: null,
  lastSagaId: null,
  problem: null,
};

const limit: LimitQueue = {
  name: 'zone',
  key: 'north',
  running: 1,
  waiting: 2,
  inside: ['putaway:1'],
  next: ['putaway:2', 'putaway:3'],
};

async function startApi() {
  const sent: unknown[] = [];
  const closed: string[] = [];
  const api = await startTestApi({
    signal: async (sagaId, signal) => {
      if (signal.id === 'ended') throw new ApplianceError('SAGA_ENDED', { sagaId, status: 'completed' });
      if (signal.id === 'early') throw new ApplianceError('SAGA_SIGNALS_EARLY', { sagaId, countMax: 1 });
      if (signal.payload === null) {
        const details = { sagaId, name: signal.name, pointer: 'payload', problem: '"dock" is missing' };
        const cure = 'Send what the schema of step "arrival" asks for.';
        throw new ApplianceError('SAGA_SIGNAL_INVALID', { ...details, cure, field: 'payload' });
      }
      sent.push([sagaId, signal]);
    },
    schedules: { list: () => [schedule] },
    limits: () => [limit],
    breakers: {
      list: () => [breaker],
      reset: async (id, by) => {
        if (id !== breaker.id) return restingEngine.breakers.reset(id, by);
        closed.push(`${id} by ${by}`);
        return { ...breaker, state: 'closed' };
      },
    },
  });
  onTestFinished(() => api.end());
  return { api, sent, closed };
}

test('a signal is taken for a saga whose id has slashes, and refused with its place and cure', async () => {
  const { api, sent } = await startApi();
  const send = (role: 'viewer' | 'operator', payload: object) =>
    api.ask('POST', `/sagas/${encodeURIComponent('dock:7/load.1')}/signals`, {
      headers: api.as(role),
      payload,
    });
  const signal = { id: 'e-1', name: 'arrived', payload: { dock: 2 } };
  expect((await send('viewer', signal)).statusCode).toBe(403);
  expect((await send('operator', signal)).statusCode).toBe(202);
  expect(sent).toEqual([['dock:7/load.1', signal]]);
  const refused = await send('operator', { id: 'e-2', name: 'arrived' });
  expect(refused.statusCode).toBe(422);
  expect(refused.json()).toMatchObject({
    code: 'SAGA_SIGNAL_INVALID',
    title: 'Signal arrived for saga dock:7/load.1, payload: "dock" is missing',
    hint: 'Send what the schema of step "arrival" asks for.',
    field: '/payload',
  });
  expect((await send('operator', { name: 'arrived' })).statusCode).toBe(400);
  expect((await send('operator', { ...signal, expiresAt: '2026-01-01T00:00:00Z' })).statusCode).toBe(202);
  expect(sent[1]).toEqual(['dock:7/load.1', { ...signal, expiresAtMs: Date.UTC(2026, 0, 1) }]);
  expect((await send('operator', { ...signal, expiresAt: 'soon' })).statusCode).toBe(400);
  expect((await send('operator', { ...signal, id: 'ended' })).statusCode).toBe(409);
  const full = await send('operator', { ...signal, id: 'early' });
  expect([full.statusCode, full.headers['retry-after']]).toEqual([429, expect.any(String)]);
});

test('breakers, schedules and limits are seen by all, and a breaker is closed by a technician', async () => {
  const { api, closed } = await startApi();
  const headers = api.as('viewer');
  expect((await api.ask('GET', '/breakers', { headers })).json()).toEqual({ breakers: [breaker] });
  expect((await api.ask('GET', '/schedules', { headers })).json()).toEqual({ schedules: [schedule] });
  expect((await api.ask('GET', '/limits', { headers })).json()).toEqual({ limits: [limit] });
  const reset = (role: 'operator' | 'technician', id: string) =>
    api.ask('POST', `/breakers/${encodeURIComponent(id)}/reset`, { headers: api.as(role), payload: {} });
  expect((await reset('operator', breaker.id)).statusCode).toBe(403);
  expect((await reset('technician', breaker.id)).json()).toMatchObject({ state: 'closed' });
  expect(closed).toEqual(['device:amr-1 by machine-technician']);
  expect((await reset('technician', 'device:nobody')).statusCode).toBe(404);
});
