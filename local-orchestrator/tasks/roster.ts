import type { Person } from '#contracts/people.ts';
import { type Role, roles } from '#contracts/site-file.ts';
import { isOnShift } from './shifts.ts';

/** Somebody is away, in ms since the epoch. */
export interface Away {
  readonly user: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly coveredBy: string | null;
}

/** Who is there, and how busy: all that a choice goes by. */
export interface Roster {
  /** Empty: the site tells nothing of its people, so everything goes by role. */
  readonly people: readonly Person[];
  readonly away: readonly Away[];
  readonly timeZone: string;
  /** By the steady clock: deadlines go by it. */
  readonly nowMs: number;
  /** The same moment on the wall: shifts and absences go by it. */
  readonly wallMs: number;
  /** Open tasks that somebody has, or was offered by name. */
  readonly load: (user: string) => number;
  /** Whose turn it was last in a group of people. */
  readonly lastTurn: (key: string) => string | undefined;
}

/** Who covers for somebody who is away, and so on; longer chains are a mistake in the calendar. */
const STAND_INS_MAX = 8;

export const personOf = (roster: Roster, user: string): Person | undefined =>
  roster.people.find((person) => person.user === user);

export const absenceOf = ({ away, wallMs }: Roster, user: string): Away | undefined =>
  away.find((one) => one.user === user && one.fromMs <= wallMs && wallMs < one.toMs);

export function isPresent(roster: Roster, person: Person): boolean {
  return (
    absenceOf(roster, person.user) === undefined && isOnShift(person.shifts, roster.wallMs, roster.timeZone)
  );
}

/** The person themself when they are there, otherwise who covers; null when nobody does. */
export function standIn(roster: Roster, user: string): string | null {
  let name = user;
  for (let step = 0; step <= STAND_INS_MAX; step += 1) {
    const person = personOf(roster, name);
    if (person === undefined) return null;
    const absence = absenceOf(roster, name);
    if (absence === undefined) {
      return isOnShift(person.shifts, roster.wallMs, roster.timeZone) ? name : null;
    }
    if (absence.coveredBy === null) return null;
    name = absence.coveredBy;
  }
  return null;
}

const rankOf = (role: string): number => roles.indexOf(role as Role);

/** Whether somebody with these roles and duties may do what `wanted` asks; a higher role may do what a lower may. */
export function reaches(held: readonly string[], wanted: string | null): boolean {
  if (wanted === null || held.includes(wanted) || held.includes('admin')) return true;
  const rank = rankOf(wanted);
  return rank >= 0 && held.some((role) => rankOf(role) > rank);
}
