import type { FastifyInstance } from 'fastify';
import type { KpiSpan, KpiWindow, SloStatus } from '#contracts/kpis.ts';
import type { FakeAppliance } from './fake-appliance.ts';

const api = '/api/v1';
const HOUR_MS = 3_600_000;
const spanMs: Readonly<Record<KpiSpan, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS };

const window = (saga: string, span: KpiSpan, back: number): KpiWindow => {
  const length = spanMs[span];
  const fromMs = Math.floor(Date.now() / length) * length - back * length;
  const done = 40 + ((back * 7) % 13);
  return {
    saga,
    span,
    from: new Date(fromMs).toISOString(),
    to: new Date(fromMs + length).toISOString(),
    closed: back > 0,
    started: done + 3,
    completed: done,
    compensated: back % 3,
    cancelled: 1,
    durationMsMean: 412_000,
    durationMsP50: 380_000,
    durationMsP95: 910_000,
    compensationRate: 0.043,
    compensations: 6,
    failedCompensations: 1,
    failedCompensationRate: 0.167,
    deadLetters: 1,
    detectMsMean: 9_200,
    recoveries: 1,
    recoverMsMean: 340_000,
    automatedSteps: 520,
    manualSteps: 4,
    manualResolutionMsMean: 96_000,
    automatedRate: 0.992,
    retries: 11,
    deliveries: 640,
    duplicates: 3,
    duplicateRate: 0.0047,
    sloGood: done,
    sloBad: 2,
  };
};

export const windows = (span: KpiSpan): KpiWindow[] =>
  ['pick-order', 'putaway'].flatMap((saga) =>
    Array.from({ length: 12 }, (_, index) => window(saga, span, 11 - index)),
  );

export const objective = (more: Partial<SloStatus> = {}): SloStatus => ({
  saga: 'pick-order',
  objective: 0.98,
  durationMs: 1_800_000,
  periodDays: 28,
  good: 8_412,
  bad: 61,
  budgetRemaining: 0.64,
  burnFast: 0,
  burnSlow: 0.8,
  alerts: [],
  ...more,
});
export const objectives = (): SloStatus[] => [
  objective({ budgetRemaining: 0.14, burnFast: 16, burnSlow: 7, alerts: ['fast', 'slow'] }),
  objective({ saga: 'putaway', good: 640, bad: 4 }),
  objective({ saga: 'cycle-count', good: 80, bad: 9, budgetRemaining: -0.3, burnSlow: 2 }),
];

export function figureRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  const isEmpty = () => fake.state.robots.length === 0;
  app.get(`${api}/kpis`, async (request) => {
    const { span = 'hour' } = request.query as { span?: KpiSpan };
    return { windows: isEmpty() ? [] : windows(span), objectives: isEmpty() ? [] : objectives() };
  });
}
