import type { KpiSpan, KpiWindow } from '#contracts/kpis.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { Sums } from './figures.ts';
import { report, sumOf } from './report.ts';
import type { SloCounts } from './slo.ts';
import type { Windows } from './windows.ts';

/** Sums of one saga in one window. */
export interface SagaSums {
  readonly fromMs: number;
  readonly saga: string;
  readonly sums: Sums;
}

export interface Stretch {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly saga: string | null;
}

export const readHours = async (store: Store, stretch: Stretch): Promise<SagaSums[]> =>
  grouped(await store.query('kpi.hours', { ...stretch }));

/** Days, of their own rows when they are folded and of their hours while they are not. */
export async function readDays(
  store: Store,
  windows: Windows,
  stretch: Stretch,
  foldedThroughMs: number,
): Promise<SagaSums[]> {
  const folded = grouped(
    await store.query('kpi.days', { ...stretch, toMs: Math.min(stretch.toMs, foldedThroughMs) }),
  );
  const fromMs = Math.max(stretch.fromMs, foldedThroughMs);
  const hours = fromMs < stretch.toMs ? await readHours(store, { ...stretch, fromMs }) : [];
  const open = Map.groupBy(hours, (hour) => `${windows.dayOf(hour.fromMs)} ${hour.saga}`);
  const days = [...open.values()].map((ofDay) => ({
    fromMs: windows.dayOf(ofDay[0]?.fromMs ?? 0),
    saga: ofDay[0]?.saga ?? '',
    sums: sumOf(ofDay.map(({ sums }) => sums)),
  }));
  return [...folded, ...days];
}

export const windowOf = (
  { fromMs, saga, sums }: SagaSums,
  span: KpiSpan,
  windows: Windows,
  closedThroughMs: number,
): KpiWindow => {
  const toMs = windows.endOf(span, fromMs);
  return {
    saga,
    span,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    closed: toMs <= closedThroughMs,
    ...report(sums),
  };
};

export async function readSlo(
  store: Store,
  statement: 'kpi.sloHours' | 'kpi.sloDays',
  params: { saga: string; fromMs: number },
): Promise<SloCounts> {
  const rows = await store.query(statement, params);
  const of = (figure: string) => Number(rows.find((row) => row.figure === figure)?.value ?? 0);
  return { good: of('sloGood'), bad: of('sloBad') };
}

function grouped(rows: readonly SqlRow[]): SagaSums[] {
  const groups = Map.groupBy(rows, (row) => `${row.from_ms} ${row.saga}`);
  return [...groups.values()].map((group) => ({
    fromMs: Number(group[0]?.from_ms),
    saga: String(group[0]?.saga),
    sums: new Map(group.map((row) => [String(row.figure), Number(row.value)])),
  }));
}
