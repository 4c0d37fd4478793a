import { type Chosen, chooseAssignee } from './choose-assignee.ts';
import { isPresent, type Roster, reaches } from './roster.ts';
import type { TaskSheet } from './task-sheet.ts';
import { channelsOf, type TaskRules, type TaskStep, type Trace } from './task-step.ts';

/**
 * Offers a task: to the person whom its policy names, or who covers for them; else to its role; and when nobody of
 * the role is there, to everybody, with an alarm. `before` is what led here.
 */
export function offer(
  sheet: TaskSheet,
  roster: Roster,
  rules: TaskRules,
  before: readonly Trace[] = [],
): TaskStep {
  const chosen = chosenFor(sheet, roster);
  const role = chosen !== null || hasSomebody(sheet.role, roster) ? sheet.role : null;
  const respondMs = answerTime(sheet, chosen, role, rules);
  const next: TaskSheet = {
    ...sheet,
    state: 'offered',
    role,
    assignee: chosen?.user ?? null,
    claimedBy: null,
    offeredMs: sheet.offeredMs ?? roster.nowMs,
    answerMs: respondMs === null ? null : roster.nowMs + respondMs,
  };
  const words = chosen === null ? nobodyLeft(sheet, role, roster) : null;
  const note = typeof chosen?.covers === 'string' ? `in the place of ${chosen.covers}, who is away` : null;
  return {
    sheet: next,
    traces: [...before, { change: 'offered', state: 'offered', by: null, user: next.assignee, note }],
    turn: chosen?.turn ?? null,
    calls: [{ reason: 'offered', channels: channelsOf(sheet, rules) }],
    alarm: words === null ? null : { is: 'waiting', words },
  };
}

function chosenFor(sheet: TaskSheet, roster: Roster): Chosen | null {
  const { role, people, passed } = sheet;
  if (role === null) return null;
  const zone = typeof people.zone === 'string' ? people.zone : null;
  const wanted = { policy: people.assign ?? 'manual', role, skill: people.skill ?? null, zone };
  return chooseAssignee({ ...wanted, without: passed }, roster);
}

/** A person by name has a time of the site; a role only when the task says so; everybody is the end of the way. */
function answerTime(sheet: TaskSheet, chosen: Chosen | null, role: string | null, rules: TaskRules) {
  if (chosen !== null) return sheet.people.respondMs ?? rules.respondMs;
  return role === null ? null : (sheet.people.respondMs ?? null);
}

/** A site that tells nothing of its people is taken at its word: somebody will be there. */
const hasSomebody = (role: string | null, roster: Roster): boolean =>
  roster.people.length === 0 ||
  roster.people.some((person) => reaches(person.roles, role) && isPresent(roster, person));

/** Somebody on duty whose work it is, and who has not had it yet. */
export const isAnybodyLeft = ({ role, passed }: TaskSheet, roster: Roster): boolean =>
  roster.people.some(
    (person) =>
      (role === null || person.roles.includes(role)) &&
      isPresent(roster, person) &&
      !passed.includes(person.user),
  );

function nobodyLeft(sheet: TaskSheet, role: string | null, roster: Roster): string | null {
  if (role === null) {
    return sheet.role === null
      ? 'nobody has taken it'
      : `nobody on duty has the role ${sheet.role}; it is offered to everybody`;
  }
  if (sheet.passed.length === 0) return null;
  return isAnybodyLeft(sheet, roster)
    ? null
    : `everybody on duty with the role ${role} has declined it or not answered`;
}
