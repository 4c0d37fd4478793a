import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { absenceChanged } from '#contracts/events/people.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Absence, AbsenceEntry, Person } from '#contracts/people.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import { suggest } from '#contracts/suggest.ts';
import type { Away } from './roster.ts';

/** Who is away when, and who covers. All in memory; a change takes effect when it is on disk. */
export interface Absences {
  open(): Promise<void>;
  /** Now and later, by their beginning. */
  list(): readonly Absence[];
  away(): readonly Away[];
  /** Errors: PEOPLE_ABSENCE. */
  enter(entry: AbsenceEntry, by: string): Promise<Absence>;
  /** Errors: PEOPLE_ABSENCE, API_NOT_FOUND. */
  change(absenceId: string, entry: AbsenceEntry, by: string): Promise<Absence>;
  /** Errors: API_NOT_FOUND. */
  remove(absenceId: string, by: string): Promise<void>;
}

/** Entries of the calendar; a site of a thousand people with ten holidays each. */
export const ABSENCES_MAX = 10_000;
/** What is over is forgotten, and the log keeps it. Not at once: the wall clock may have been ahead by mistake. */
export const KEPT_MS = 7 * 86_400_000;

export function createAbsences(parts: {
  store: Store;
  clock: Pick<Clock, 'nowMs'>;
  site: string;
  people: () => readonly Person[];
}): Absences {
  const { store, clock, site } = parts;
  const kept = new Map<string, Absence>();
  const current = () => {
    const nowMs = clock.nowMs();
    return [...kept.values()].filter(({ to }) => Date.parse(to) > nowMs);
  };
  const forget = (beforeMs: number) => {
    for (const { absenceId, to } of kept.values()) if (Date.parse(to) < beforeMs) kept.delete(absenceId);
  };

  const commit = async (
    absence: Absence,
    change: 'entered' | 'changed' | 'removed',
    by: string,
    statement: string,
  ): Promise<void> => {
    const nowMs = clock.nowMs();
    const { absenceId, user, from, to, coveredBy, note } = absence;
    const data = { absenceId, user, change, from, to, by, ...(coveredBy === null ? {} : { coveredBy }) };
    const times = { fromMs: Date.parse(from), toMs: Date.parse(to) };
    const params = change === 'removed' ? { absenceId } : { absenceId, user, ...times, coveredBy, note, by };
    const context = { site, component: 'orchestrator', nowMs, correlationId: absenceId };
    const beforeMs = nowMs - KEPT_MS;
    try {
      await store.commit([
        { op: 'run', statement, params, changes: 1 },
        { op: 'run', statement: 'task.forgetAbsences', params: { beforeMs } },
        { op: 'append', event: createEvent(absenceChanged, user, data, context) },
      ]);
    } catch (error) {
      if (isApplianceError(error, 'STORE_CONFLICT')) throw missing(absenceId);
      throw error;
    }
    forget(beforeMs);
  };

  const known = (absenceId: string): Absence => {
    const absence = kept.get(absenceId);
    if (absence === undefined) throw missing(absenceId);
    return absence;
  };

  return {
    async open() {
      const sinceMs = clock.nowMs() - KEPT_MS;
      for (const row of await store.query('task.absences', { sinceMs, countMax: ABSENCES_MAX })) {
        const absence = absenceOf(row);
        kept.set(absence.absenceId, absence);
      }
    },
    list: () => current().toSorted((a, b) => (a.from < b.from ? -1 : 1)),
    away: () =>
      current().map(({ user, from, to, coveredBy }) => ({
        user,
        fromMs: Date.parse(from),
        toMs: Date.parse(to),
        coveredBy,
      })),
    async enter(entry, by) {
      if (kept.size >= ABSENCES_MAX) forget(clock.nowMs() - KEPT_MS);
      if (kept.size >= ABSENCES_MAX) {
        throw wrong(
          entry,
          'user',
          `there are ${ABSENCES_MAX} entries already`,
          'Remove some that are far away.',
        );
      }
      refuse(entry, parts.people());
      const absence = { absenceId: uuidv7(clock.nowMs()), ...entered(entry, by) };
      await commit(absence, 'entered', by, 'task.enterAbsence');
      kept.set(absence.absenceId, absence);
      return absence;
    },
    async change(absenceId, entry, by) {
      known(absenceId);
      refuse(entry, parts.people());
      const absence = { absenceId, ...entered(entry, by) };
      await commit(absence, 'changed', by, 'task.changeAbsence');
      kept.set(absenceId, absence);
      return absence;
    },
    async remove(absenceId, by) {
      await commit(known(absenceId), 'removed', by, 'task.removeAbsence');
      kept.delete(absenceId);
    },
  };
}

function refuse(entry: AbsenceEntry, people: readonly Person[]): void {
  const { user, from, to, coveredBy } = entry;
  if (Date.parse(to) <= Date.parse(from)) {
    throw wrong(entry, 'to', 'it ends before it begins', 'Give an end after its beginning.');
  }
  if (coveredBy === user)
    throw wrong(entry, 'coveredBy', 'nobody covers for themself', 'Name somebody else.');
  const names = people.map((person) => person.user);
  for (const [field, name] of [
    ['user', user],
    ['coveredBy', coveredBy],
  ] as const) {
    if (name === undefined || names.includes(name)) continue;
    const meant = suggest(name, names);
    const known =
      names.length === 0 ? 'Add users first: holdfast user add.' : `Known are: ${names.join(', ')}.`;
    throw wrong(
      entry,
      field,
      `there is no user ${name}`,
      meant === undefined ? known : `Did you mean ${meant}?`,
    );
  }
}

const entered = (entry: AbsenceEntry, by: string): Omit<Absence, 'absenceId'> => ({
  user: entry.user,
  from: new Date(entry.from).toISOString(),
  to: new Date(entry.to).toISOString(),
  coveredBy: entry.coveredBy ?? null,
  note: entry.note ?? null,
  enteredBy: by,
});

const absenceOf = (row: SqlRow): Absence => ({
  absenceId: String(row.absence_id),
  user: String(row.user),
  from: new Date(Number(row.from_ms)).toISOString(),
  to: new Date(Number(row.to_ms)).toISOString(),
  coveredBy: row.covered_by === null ? null : String(row.covered_by),
  note: row.note === null ? null : String(row.note),
  enteredBy: String(row.entered_by),
});

const missing = (id: string) => new ApplianceError('API_NOT_FOUND', { what: 'absence', id });
const wrong = ({ user }: AbsenceEntry, field: string, problem: string, cure: string) =>
  new ApplianceError('PEOPLE_ABSENCE', { user, field, problem, cure });
