import type { Clock } from '#contracts/clock.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { kpiSloBurn } from '#contracts/events/kpi.ts';
import { type BurnSpeed, burnSpeeds, type SloStatus } from '#contracts/kpis.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { readSlo } from './kpi-read.ts';
import { budgetRemaining, burnOf, burnPolicies, isBurning, SLO_PERIOD_DAYS, type SloCounts } from './slo.ts';
import type { Windows } from './windows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface SloWatch {
  open(): Promise<void>;
  status(saga: string): Promise<SloStatus | undefined>;
  /** Looks at one saga, and tells once when it begins to burn too fast and once when it no longer does. */
  judge(saga: string): Promise<void>;
  /** Sagas with an alert. */
  burning(): readonly string[];
}

type Slo = NonNullable<SagaDefinition['slo']>;

/** Compares what was counted with the objectives of the current definitions. Alerts are rows: a restart tells none again. */
export function createSloWatch(parts: {
  store: Store;
  clock: Clock;
  site: string;
  windows: Windows;
  sloOf: (saga: string) => Slo | undefined;
  /** Days before it are folded. */
  foldedThroughMs: () => number;
}): SloWatch {
  const { store, clock, windows } = parts;
  const alerts = new Map<string, Set<BurnSpeed>>();
  const alertsOf = (saga: string) => alerts.get(saga) ?? new Set<BurnSpeed>();

  const counts = async (saga: string) => {
    const nowMs = clock.nowMs();
    const last = (hours: number) =>
      readSlo(store, 'kpi.sloHours', { saga, fromMs: windows.hourOf(nowMs) - hours * HOUR_MS });
    const [fast, slow, days, today] = await Promise.all([
      last(burnPolicies.fast.hours),
      last(burnPolicies.slow.hours),
      readSlo(store, 'kpi.sloDays', { saga, fromMs: windows.dayOf(nowMs) - SLO_PERIOD_DAYS * DAY_MS }),
      readSlo(store, 'kpi.sloHours', { saga, fromMs: parts.foldedThroughMs() }),
    ]);
    const period: SloCounts = { good: days.good + today.good, bad: days.bad + today.bad };
    return { fast, slow, period };
  };

  const change = async (
    saga: string,
    slo: Slo,
    speed: BurnSpeed,
    now: Record<BurnSpeed | 'period', SloCounts>,
  ) => {
    const { objective } = slo;
    const burning = isBurning(now[speed], objective, speed);
    const known = alertsOf(saga);
    if (burning === known.has(speed)) return;
    const nowMs = clock.nowMs();
    const data = {
      saga,
      speed,
      state: burning ? ('burning' as const) : ('over' as const),
      burn: burnOf(now[speed], objective),
      burnMax: burnPolicies[speed].burnMax,
      budgetRemaining: budgetRemaining(now.period, objective),
      objective,
    };
    const context = { site: parts.site, component: 'orchestrator', nowMs, correlationId: `kpi:${saga}` };
    const row: StoreOp = burning
      ? { op: 'run', statement: 'kpi.alert', params: { saga, speed, nowMs }, changes: 1 }
      : { op: 'run', statement: 'kpi.unalert', params: { saga, speed }, changes: 1 };
    await store.commit([row, { op: 'append', event: createEvent(kpiSloBurn, saga, data, context) }]);
    if (burning) known.add(speed);
    else known.delete(speed);
    alerts.set(saga, known);
  };

  return {
    async open() {
      for (const row of await store.query('kpi.alerts')) {
        const saga = String(row.saga);
        alerts.set(saga, alertsOf(saga).add(row.speed as BurnSpeed));
      }
    },
    async status(saga) {
      const slo = parts.sloOf(saga);
      if (slo === undefined) return undefined;
      const { fast, slow, period } = await counts(saga);
      return {
        saga,
        ...slo,
        periodDays: SLO_PERIOD_DAYS,
        ...period,
        budgetRemaining: budgetRemaining(period, slo.objective),
        burnFast: burnOf(fast, slo.objective),
        burnSlow: burnOf(slow, slo.objective),
        alerts: [...alertsOf(saga)],
      };
    },
    async judge(saga) {
      const slo = parts.sloOf(saga);
      if (slo === undefined) return;
      const now = await counts(saga);
      for (const speed of burnSpeeds) await change(saga, slo, speed, now);
    },
    burning: () => [...alerts].flatMap(([saga, speeds]) => (speeds.size > 0 ? [saga] : [])),
  };
}
