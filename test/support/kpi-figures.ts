import type { KpiWindow, SloStatus } from '#contracts/kpis.ts';
import { report } from '../../local-orchestrator/kpis/report.ts';

export const kpiWindow: KpiWindow = {
  saga: 'pick-order',
  span: 'hour',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-01T01:00:00.000Z',
  closed: true,
  ...report(
    new Map([
      ['completed', 4],
      ['durationMs', 8_000],
      ['withAmends', 1],
    ]),
  ),
};
export const sloStatus: SloStatus = {
  saga: 'pick-order',
  objective: 0.99,
  durationMs: 60_000,
  periodDays: 28,
  good: 99,
  bad: 1,
  budgetRemaining: 0,
  burnFast: 15,
  burnSlow: 1,
  alerts: ['fast'],
};
