import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { Schedule, ScheduleConfig } from '#contracts/schedules.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import { pathText } from '#contracts/yaml-place.ts';
import { type Cadence, cadenceOf, dueRuns } from './cron.ts';
import { scheduleFindings } from './schedule-findings.ts';

/** Begins sagas by the clock of the site. */
export interface Schedules {
  /** Begins what is due, and what was missed as far as the policies want it. */
  start(): Promise<void>;
  list(): readonly Schedule[];
  stop(): Promise<void>;
}

interface Entry {
  readonly config: ScheduleConfig;
  readonly timeZone: string;
  readonly cadence: Cadence;
  /** Planned times up to here have been looked after. Wall time; a clock set back a little begins nothing again. */
  seenMs: number;
  /** The next one after those; kept, because finding it takes a while. */
  nextMs: number | null;
  lastMs: number | null;
  lastSagaId: string | null;
  problem: string | null;
}

/** The wall clock may be set at any time: it is looked at so often, whatever comes next. */
const LOOK_MS_MAX = 30_000;
const RETRY_MS = 5_000;
/** A clock that is set back by more was wrong before: what it had seen counts no more, or nothing began for years. */
const SEEN_AHEAD_MS_MAX = 86_400_000;
const ROWS_MAX = 10_000;

/**
 * The id of a run is `schedule:<name>:<planned time in UTC>`, so a run begins once, however often it is looked at.
 *
 * Errors: SAGA_SCHEDULE_INVALID.
 */
export function createSchedules(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  timeZone: string;
  configs: readonly ScheduleConfig[];
  /** Those that there are. */
  definitions: readonly SagaDefinition[];
  /** Begins it; resolves when it is on disk, also when it was before. Rejects when it is to be tried again. */
  begin: (saga: string, sagaId: string, input: Json) => Promise<void>;
}): Schedules {
  const { store, clock, log, begin } = parts;
  const entries: Entry[] = parts.configs.map((config) => ({
    config,
    timeZone: config.timeZone ?? parts.timeZone,
    cadence: cadenceOf(config, parts.timeZone),
    seenMs: 0,
    nextMs: null,
    lastMs: null,
    lastSagaId: null,
    problem: null,
  }));
  for (const config of parts.configs) {
    const [first] = scheduleFindings(config, parts.definitions);
    if (first === undefined) continue;
    const { path, problem, cure } = first;
    throw new ApplianceError('SAGA_SCHEDULE_INVALID', {
      schedule: config.name,
      problem: `${pathText(path)}: ${problem}`,
      cure,
    });
  }
  let disarm: () => void = () => {};
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;

  const save = ({ config: { name }, seenMs, lastMs, lastSagaId }: Entry) =>
    store.commit([{ op: 'run', statement: 'schedule.seen', params: { name, seenMs, lastMs, lastSagaId } }]);

  /** False when it could not be written down. */
  const seeAnew = async (entry: Entry, nowMs: number): Promise<boolean> => {
    const { config, cadence, seenMs } = entry;
    const anew = { ...entry, seenMs: nowMs, nextMs: cadence.nextMs(nowMs) };
    try {
      await save(anew);
    } catch (error) {
      if (!stopped) log.warn({ err: error, schedule: config.name }, 'a schedule waits for the store');
      return false;
    }
    Object.assign(entry, anew);
    const seen = isoOf(seenMs);
    log.warn(
      { schedule: config.name, seen, next: isoOf(entry.nextMs) },
      'the clock of the site was far ahead and is back: the schedule goes on from now',
    );
    return true;
  };

  /** False when something is to be tried again. */
  const lookAfter = async (entry: Entry): Promise<boolean> => {
    const { config, cadence } = entry;
    const nowMs = clock.nowMs();
    if (entry.seenMs > nowMs + SEEN_AHEAD_MS_MAX && !(await seeAnew(entry, nowMs))) return false;
    if (entry.nextMs === null || nowMs < entry.nextMs) return true;
    try {
      for (const plannedMs of dueRuns(cadence, entry.seenMs, nowMs, config)) {
        if (stopped) return true;
        const sagaId = runIdOf(config.name, plannedMs);
        await begin(config.saga, sagaId, config.input as Json);
        entry.problem = null;
        Object.assign(entry, { seenMs: plannedMs, lastMs: plannedMs, lastSagaId: sagaId });
        await save(entry);
      }
      const skipped = cadence.newestMs(nowMs, 1).filter((atMs) => atMs > entry.seenMs);
      if (skipped.length > 0) {
        log.info({ schedule: config.name, policy: config.missed }, 'missed runs of a schedule were skipped');
        entry.seenMs = skipped[0] ?? entry.seenMs;
        await save(entry);
      }
      entry.nextMs = cadence.nextMs(Math.max(nowMs, entry.seenMs));
      entry.problem = null;
      return true;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      // Tried again every few seconds; said once.
      if (!stopped && problem !== entry.problem) {
        log.warn({ err: error, schedule: config.name }, 'a scheduled saga did not begin');
      }
      entry.problem = problem;
      return isApplianceError(error) && !error.retryable;
    }
  };

  const look = async (): Promise<void> => {
    let delayMs = LOOK_MS_MAX;
    for (const entry of entries) {
      if (!(await lookAfter(entry))) delayMs = Math.min(delayMs, RETRY_MS);
      const leftMs = (entry.nextMs ?? Number.POSITIVE_INFINITY) - clock.nowMs();
      if (entry.problem === null) delayMs = Math.min(delayMs, Math.max(0, leftMs));
    }
    if (stopped) return;
    disarm = clock.after(delayMs, () => {
      looking = look();
    });
  };

  return {
    async start() {
      if (entries.length === 0) return;
      const rows = await store.query('schedule.all', { countMax: ROWS_MAX });
      const known = new Map(rows.map((row) => [String(row.name), row]));
      for (const entry of entries) restore(entry, known.get(entry.config.name), clock.nowMs());
      for (const entry of entries) if (!known.has(entry.config.name)) await save(entry);
      looking = look();
      await looking;
    },
    list: () => entries.map(toldOf),
    async stop() {
      stopped = true;
      disarm();
      await looking;
    },
  };
}

export const runIdOf = (name: string, plannedMs: number): string =>
  `schedule:${name}:${new Date(plannedMs).toISOString().replace('.000Z', 'Z')}`;

/** A schedule that is new has missed nothing. */
function restore(entry: Entry, row: SqlRow | undefined, nowMs: number): void {
  entry.seenMs = row === undefined ? nowMs : Number(row.seen_ms);
  entry.nextMs = entry.cadence.nextMs(entry.seenMs);
  entry.lastMs = row?.last_ms === null || row === undefined ? null : Number(row.last_ms);
  entry.lastSagaId = row?.last_saga_id === null || row === undefined ? null : String(row.last_saga_id);
}

const toldOf = (entry: Entry): Schedule => {
  const { config, timeZone, nextMs, lastMs, lastSagaId, problem } = entry;
  return {
    name: config.name,
    saga: config.saga,
    cron: config.cron,
    timeZone,
    missed: config.missed,
    nextAt: isoOf(nextMs),
    lastAt: isoOf(lastMs),
    lastSagaId,
    problem,
  };
};
const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
