import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Breaker } from '#contracts/breakers.ts';
import type { LimitQueue } from '#contracts/limits.ts';
import type { ModelSummary } from '#contracts/models.ts';
import type { Schedule } from '#contracts/schedules.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { ago } from './fake-time.ts';

const api = '/api/v1';
const inSeconds = (seconds: number): string => ago(-seconds);

export const breakers = (): Breaker[] => [
  {
    id: 'device:amr-1',
    kind: 'device',
    name: 'amr-1',
    state: 'closed',
    faults: 0,
    reason: null,
    changedAt: null,
    retryAt: null,
  },
  {
    id: 'endpoint:wms',
    kind: 'endpoint',
    name: 'wms',
    state: 'half-open',
    faults: 5,
    reason: 'no answer within 5 s',
    changedAt: ago(40),
    retryAt: null,
  },
  {
    id: 'device:infeed-drive',
    kind: 'device',
    name: 'infeed-drive',
    state: 'open',
    faults: 6,
    reason: 'motor protection has tripped',
    changedAt: ago(90),
    retryAt: inSeconds(210),
  },
];

export const limits = (): LimitQueue[] => [
  { name: 'robot', key: 'amr-2', running: 1, waiting: 0, inside: ['putaway:R-9'], next: [] },
  {
    name: 'zone',
    key: 'north',
    running: 2,
    waiting: 3,
    inside: ['pick-order:536371', 'pick-order:536373'],
    next: ['putaway:R-17', 'cycle-count:17', 'replenish:4'],
  },
];

export const schedules = (): Schedule[] => [
  {
    name: 'nightly-count',
    saga: 'cycle-count',
    cron: '30 2 * * *',
    timeZone: 'Europe/Berlin',
    missed: 'once',
    nextAt: inSeconds(30_000),
    lastAt: ago(56_400),
    lastSagaId: 'cycle-count:nightly-count-1',
    problem: null,
  },
  {
    name: 'morning-fill',
    saga: 'replenish',
    cron: '0 5 * * 1-5',
    timeZone: 'UTC',
    missed: 'skip',
    nextAt: null,
    lastAt: null,
    lastSagaId: null,
    problem: 'There is no room for more sagas now',
  },
];

export const models = (): ModelSummary[] => [
  {
    name: 'damage-check',
    kind: 'kserve',
    state: 'drifted',
    why: 'The stability index of dents is 0.41, above 0.25.',
    since: ago(5_400),
    version: '7',
    fallback: null,
    asked: 1_840,
    followed: 1_502,
    judged: 61,
    accuracy: 0.93,
    psi: 0.41,
    psiOf: 'dents',
  },
];
const risk = {
  trained: true,
  why: 'It tells risky orders from calm ones on orders it was not trained on.',
  samples: 2_250,
  exceptions: 131,
  auc: 0.74,
};

export function machineryRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  let shut = breakers();
  let asked = models();
  const isEmpty = () => fake.state.robots.length === 0;
  const params = (request: FastifyRequest) => request.params as { id: string };
  app.get(`${api}/breakers`, async () => ({ breakers: isEmpty() ? [] : shut }));
  app.post(`${api}/breakers/:id/reset`, async (request) => {
    shut = shut.map((row) => (row.id === params(request).id ? { ...row, state: 'closed', faults: 0 } : row));
    return shut.find(({ id }) => id === params(request).id);
  });
  app.get(`${api}/limits`, async () => ({ limits: isEmpty() ? [] : limits() }));
  app.get(`${api}/schedules`, async () => ({ schedules: isEmpty() ? [] : schedules() }));
  app.get(`${api}/models`, async () => ({
    models: isEmpty() ? [] : asked,
    orderRisk: isEmpty()
      ? { trained: false, why: 'no order has ended yet', samples: 0, exceptions: 0, auc: null }
      : risk,
  }));
  app.post(`${api}/models/:id/baseline`, async (request) => {
    asked = asked.map((row) => ({ ...row, state: 'trusted', why: 'What is usual now counts as right.' }));
    return asked.find(({ name }) => name === params(request).id);
  });
}
