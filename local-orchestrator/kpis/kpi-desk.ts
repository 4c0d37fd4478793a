import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { KpiSpan, KpiWindow, SloStatus } from '#contracts/kpis.ts';
import type { Log } from '#contracts/log.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import { hasEnded } from '../decide/state.ts';
import type { Change } from '../engine/engine.ts';
import { closeWindows, type Marks, nextCloseMs } from './close-windows.ts';
import { createKpiBook, type KpiBook } from './kpi-book.ts';
import { readDays, readHours, windowOf } from './kpi-read.ts';
import { createSloWatch } from './slo-watch.ts';
import { createWindows } from './windows.ts';

export interface KpiQuery {
  readonly span: KpiSpan;
  readonly saga?: string | undefined;
  /** Wall time, ms. Without them: the last day of hours, the last 28 days. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface KpiDesk {
  /** Before the engine begins. */
  open(): Promise<void>;
  /** Rows about transitions that are written together, for their transaction. */
  project(changes: readonly Change[]): readonly StoreOp[];
  committed(change: Change): void;
  /** A start, a result or a signal changed nothing: it had come before, or too late. Counted within a second. */
  repeated(saga: string): void;
  /** Oldest first. Errors: SAGA_KPI_RANGE when it asks for more than can be shown at once. */
  windows(query: KpiQuery): Promise<KpiWindow[]>;
  /** Of the sagas whose current definition has an objective. */
  slos(): Promise<SloStatus[]>;
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const spanMs: Readonly<Record<KpiSpan, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS };
const shownByDefault: Readonly<Record<KpiSpan, number>> = { hour: 24, day: 28 };
/** Windows of one saga in one answer. */
export const KPI_WINDOWS_MAX = 200;
/** A bad end is looked at after so long, together with those that come meanwhile. */
const JUDGE_MS = 5_000;
const FLUSH_MS = 1_000;

/** Figures of all sagas by hour and day, and the objectives of those that have one. */
export function createKpiDesk(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: { id: string; timeZone: string };
  /** Current definitions. */
  definitions: () => readonly SagaDefinition[];
}): KpiDesk {
  const { store, clock, log, site } = parts;
  const windows = createWindows(site.timeZone);
  const marks: Marks = { floor: 0, hour: 0, day: 0 };
  const sloOf = (saga: string) => parts.definitions().find(({ name }) => name === saga)?.slo;
  const watch = createSloWatch({
    store,
    clock,
    site: site.id,
    windows,
    sloOf,
    foldedThroughMs: () => marks.day,
  });
  const toJudge = new Set<string>();
  let book: KpiBook = createKpiBook(windows, 0);
  let stopped = false;
  let disarm = () => {};
  let disarmJudge: (() => void) | null = null;
  let disarmFlush: (() => void) | null = null;
  let busy: Promise<void> = Promise.resolve();

  /** One after the other, so that nothing is closed or judged twice; a failure waits for the next look. */
  const queue = (what: string, work: () => Promise<void>): Promise<void> => {
    busy = busy.then(async () => {
      try {
        if (!stopped) await work();
      } catch (error) {
        if (!stopped) log.warn({ err: error }, `${what}; will try again`);
      }
    });
    return busy;
  };

  const look = async (): Promise<void> => {
    await queue('figures could not be closed', async () => {
      await closeWindows({ store, clock, site: site.id, windows, book, marks });
      for (const saga of watch.burning()) await watch.judge(saga);
    });
    if (stopped) return;
    const nowMs = clock.nowMs();
    // An hour at most, so a wall clock that jumps delays it by no more.
    disarm = clock.after(Math.max(1, nextCloseMs(windows, nowMs) - nowMs), () => void look());
  };

  const judge = () => {
    disarmJudge = null;
    const sagas = [...toJudge];
    toJudge.clear();
    void queue('objectives could not be judged', async () => {
      for (const saga of sagas) await watch.judge(saga);
    });
  };

  const flush = async (): Promise<void> => {
    disarmFlush?.();
    disarmFlush = null;
    const ops = book.repeats(clock.nowMs());
    if (ops.length > 0) await store.commit(ops, { reserve: true });
  };

  return {
    async open() {
      for (const row of await store.query('kpi.marks')) {
        marks[row.mark as keyof Marks] = Number(row.through_ms);
      }
      book = createKpiBook(windows, marks.floor);
      await watch.open();
      await look();
    },
    project: (changes) => book.ops(changes),
    committed({ instance, decision }) {
      const { slo, name } = instance.definition;
      if (slo === undefined || !hasEnded(decision.state)) return;
      toJudge.add(name);
      disarmJudge ??= clock.after(JUDGE_MS, judge);
    },
    repeated(saga) {
      book.repeated(saga);
      disarmFlush ??= clock.after(FLUSH_MS, () => void queue('repeats could not be counted', flush));
    },
    async windows({ span, saga = undefined, toMs = clock.nowMs() + 1, ...query }) {
      const defaultFromMs = toMs - shownByDefault[span] * spanMs[span];
      const fromMs = windows[span === 'hour' ? 'hourOf' : 'dayOf'](query.fromMs ?? defaultFromMs);
      if (toMs - fromMs > KPI_WINDOWS_MAX * spanMs[span]) {
        throw new ApplianceError('SAGA_KPI_RANGE', { span, countMax: KPI_WINDOWS_MAX });
      }
      const stretch = { fromMs, toMs, saga: saga ?? null };
      const sums =
        span === 'hour'
          ? await readHours(store, stretch)
          : await readDays(store, windows, stretch, marks.day);
      return sums.map((one) => windowOf(one, span, windows, marks[span]));
    },
    async slos() {
      const statuses = await Promise.all(parts.definitions().map(({ name }) => watch.status(name)));
      return statuses.filter((status) => status !== undefined);
    },
    async stop() {
      await queue('repeats could not be counted', flush);
      stopped = true;
      await busy;
      // A look that was under way has armed the next.
      disarm();
      disarmJudge?.();
    },
  };
}
