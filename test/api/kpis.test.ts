import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApplianceError } from '#contracts/errors.ts';
import { kpiFigures } from '#contracts/kpis.ts';
import { createMetrics } from '../../appliance/telemetry/index.ts';
import { kpiWindow, sloStatus } from '../support/kpi-figures.ts';
import { restingSources } from '../support/resting-metrics.ts';
import { startTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
const asked: unknown[] = [];
beforeAll(async () => {
  api = await startTestApi({
    kpis: {
      async windows(query) {
        asked.push(query);
        if (query.fromMs === 0)
          throw new ApplianceError('SAGA_KPI_RANGE', { span: query.span, countMax: 200 });
        return [kpiWindow];
      },
      slos: async () => [sloStatus, { ...sloStatus, saga: 'putaway' }],
    },
  });
});
afterAll(() => api.end());
const get = (path: string) => api.ask('GET', path, { headers: api.as('viewer') });

test('figures and objectives are read by saga and time', async () => {
  const answer = await get('/kpis?span=day&saga=pick-order&from=2026-01-01T00:00:00Z');
  expect(answer.json()).toEqual({ windows: [kpiWindow], objectives: [sloStatus] });
  expect(asked).toEqual([{ span: 'day', saga: 'pick-order', fromMs: Date.UTC(2026, 0, 1), toMs: undefined }]);
});

test('what cannot be shown is refused with a cure', async () => {
  expect((await get('/kpis?from=1970-01-01T00:00:00Z')).json()).toMatchObject({
    status: 422,
    code: 'SAGA_KPI_RANGE',
    hint: expect.stringContaining('shorter'),
  });
  expect((await get('/kpis?span=week')).statusCode).toBe(400);
  expect((await get('/kpis?from=yesterday')).statusCode).toBe(400);
});

test('each figure is a metric with its meaning; one of nothing is not there', async () => {
  let asks = 0;
  const metrics = createMetrics({
    ...restingSources,
    kpis: async () => {
      asks += 1;
      return [kpiWindow];
    },
    objectives: async () => [sloStatus],
  });
  const text = await metrics.text();
  for (const figure of Object.keys(kpiFigures)) {
    const name = `holdfast_saga_${figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    expect(text).toMatch(new RegExp(`# HELP ${name} \\S.{10}`));
  }
  expect(text).toContain('holdfast_saga_completed{saga="pick-order",span="hour"} 4');
  expect(text).toContain('holdfast_saga_duration_ms_mean{saga="pick-order",span="hour"} 2000');
  expect(text).toContain('holdfast_saga_compensation_rate{saga="pick-order",span="hour"} 0.25');
  expect(text).not.toContain('holdfast_saga_automated_rate{');
  expect(text).toContain('holdfast_slo_budget_remaining{saga="pick-order"} 0');
  expect(text).toContain('holdfast_slo_burn{saga="pick-order",speed="fast"} 15');
  // One reading serves all of them.
  expect(asks).toBe(1);
});
