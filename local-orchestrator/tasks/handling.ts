import { ApplianceError } from '#contracts/errors.ts';
import type { Role } from '#contracts/site-file.ts';
import { toPerson } from './deadlines.ts';
import { isAnybodyLeft, offer } from './offer.ts';
import { absenceOf, personOf, type Roster, reaches } from './roster.ts';
import { isOpen, type TaskSheet } from './task-sheet.ts';
import { channelsOf, type TaskRules, type TaskStep, type Trace } from './task-step.ts';

/** Who does something, with the role that let them in. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
}

/** What people do with a task, as pure plans: null changes nothing, a refusal is thrown with its words. */
export interface Handling {
  readonly actor: Actor;
  readonly roster: Roster;
  readonly rules: TaskRules;
}

const step = (sheet: TaskSheet, traces: readonly Trace[], more: Partial<TaskStep> = {}): TaskStep => ({
  sheet,
  traces,
  turn: null,
  calls: [],
  alarm: null,
  ...more,
});

/** Errors: SAGA_TASK_NOT_FOUND, SAGA_TASK_TAKEN, TASK_ROLE. */
export function claim(sheet: TaskSheet, { actor, roster, rules }: Handling): TaskStep | null {
  refuseClosed(sheet);
  const { user } = actor;
  if (sheet.claimedBy === user) return null;
  refuseStranger(sheet, actor, roster);
  const next: TaskSheet = {
    ...sheet,
    state: 'claimed',
    claimedBy: user,
    answerMs: roster.nowMs + rules.silentMs,
  };
  return step(next, [{ change: 'claimed', state: 'claimed', by: user, user, note: null }]);
}

/** Errors: as `claim`. What was not claimed is claimed on the way. */
export function start(sheet: TaskSheet, handling: Handling): TaskStep | null {
  const { user } = handling.actor;
  const claimed = claim(sheet, handling);
  if (claimed === null && sheet.state === 'started') return null;
  const next: TaskSheet = { ...(claimed?.sheet ?? sheet), state: 'started', answerMs: null };
  return step(next, [
    ...(claimed?.traces ?? []),
    { change: 'started', state: 'started', by: user, user, note: null },
  ]);
}

/**
 * The person is not asked again by name. When nobody is left who could be asked, the task is declined: whoever runs
 * the floor is told, and may take it or hand it on; those who declined may still change their minds.
 *
 * Errors: SAGA_TASK_NOT_FOUND, SAGA_TASK_TAKEN, TASK_ROLE.
 */
export function decline(sheet: TaskSheet, { actor, roster, rules }: Handling, note: string | null): TaskStep {
  refuseClosed(sheet);
  refuseStranger(sheet, actor, roster);
  const { user } = actor;
  const without: TaskSheet = { ...sheet, passed: [...sheet.passed, user] };
  const said = { change: 'declined', by: user, user, note } as const;
  const offered = offer(without, roster, rules, [{ ...said, state: 'offered' }]);
  // A site that tells nothing of its people may have others.
  const isAnybody = roster.people.length === 0 || isAnybodyLeft(without, roster);
  if (isAnybody || offered.sheet.assignee !== null) return offered;
  const words = 'everybody on duty who could be asked has declined it or not answered';
  const up = { change: 'escalated', state: 'declined', by: null, user: null, note: words } as const;
  return step(
    { ...without, state: 'declined', assignee: null, claimedBy: null, answerMs: null },
    [{ ...said, state: 'declined' }, up],
    {
      calls: [{ reason: 'escalated', channels: channelsOf(sheet, rules), role: LEAD }],
      alarm: { is: 'waiting', words },
    },
  );
}

/** Errors: SAGA_TASK_NOT_FOUND, TASK_NOT_YOURS. Who has it gives it back; a lead takes it from them. */
export function release(sheet: TaskSheet, { actor, roster, rules }: Handling, note: string | null): TaskStep {
  refuseClosed(sheet);
  const { claimedBy } = sheet;
  if (claimedBy === null)
    throw notYours(sheet, actor, 'nobody has claimed it', 'There is nothing to give back.');
  if (claimedBy !== actor.user && !isLead(actor)) {
    throw notYours(
      sheet,
      actor,
      `it is with ${claimedBy}`,
      `Ask ${claimedBy} or a technician to give it back.`,
    );
  }
  const before: Trace = { change: 'released', state: 'offered', by: actor.user, user: claimedBy, note };
  return offer({ ...sheet, passed: [...sheet.passed, claimedBy] }, roster, rules, [before]);
}

/** Errors: SAGA_TASK_NOT_FOUND, TASK_NOT_YOURS, TASK_PERSON. Who has it, or a lead, hands it to somebody by name. */
export function delegate(
  sheet: TaskSheet,
  { actor, roster, rules }: Handling,
  to: string,
  note: string | null,
): TaskStep {
  refuseClosed(sheet);
  const holder = sheet.claimedBy ?? sheet.assignee;
  if (holder !== actor.user && !isLead(actor)) {
    const problem = holder === null ? 'nobody has claimed it' : `it is with ${holder}`;
    throw notYours(sheet, actor, problem, 'Claim it first, or let a technician hand it on.');
  }
  refusePerson(sheet, roster, to);
  return step(
    toPerson(sheet, to, roster.nowMs, rules),
    [{ change: 'delegated', state: 'offered', by: actor.user, user: to, note }],
    { calls: [{ reason: 'offered', channels: channelsOf(sheet, rules) }] },
  );
}

/** Whether a decision may be made without a claim before it; the row says the last word. */
export function refuseDecider(sheet: TaskSheet, { actor, roster }: Pick<Handling, 'actor' | 'roster'>): void {
  refuseClosed(sheet);
  if (sheet.claimedBy !== actor.user) refuseStranger(sheet, actor, roster);
  // A lead who steps in says so by claiming it.
  const { assignee } = sheet;
  if (sheet.claimedBy === null && assignee !== null && assignee !== actor.user) throw taken(sheet, assignee);
}

/** Somebody who runs the floor, or above: may hand on, take back and take over. */
const LEAD: Role = 'technician';
const isLead = ({ role }: Actor): boolean => reaches([role], LEAD);

function refuseStranger(sheet: TaskSheet, actor: Actor, roster: Roster): void {
  const { claimedBy, assignee, role } = sheet;
  if (claimedBy !== null && claimedBy !== actor.user) throw taken(sheet, claimedBy);
  if (assignee === actor.user) return;
  if (assignee !== null && claimedBy === null && !isLead(actor)) throw taken(sheet, assignee);
  const held = [actor.role, ...(personOf(roster, actor.user)?.roles ?? [])];
  if (reaches(held, role)) return;
  throw new ApplianceError('TASK_ROLE', { taskId: sheet.taskId, role, user: actor.user });
}

function refusePerson(sheet: TaskSheet, roster: Roster, to: string): void {
  const refuse = (problem: string, cure: string) =>
    new ApplianceError('TASK_PERSON', { taskId: sheet.taskId, to, problem, cure });
  if (to === sheet.claimedBy) throw refuse('they have it already', 'Name somebody else.');
  if (roster.people.length === 0) return;
  const person = personOf(roster, to);
  if (person === undefined)
    throw refuse('there is no such person', 'Look the name up in the list of people.');
  if (!reaches(person.roles, sheet.role)) {
    throw refuse(`it needs the role ${sheet.role}`, `Name somebody with the role ${sheet.role}.`);
  }
  const absence = absenceOf(roster, to);
  if (absence === undefined) return;
  const cover = absence.coveredBy;
  const until = new Date(absence.toMs).toISOString();
  throw refuse(
    `they are away until ${until}`,
    cover === null ? 'Name somebody else.' : `${cover} covers for them.`,
  );
}

function refuseClosed(sheet: TaskSheet): void {
  if (!isOpen(sheet)) throw new ApplianceError('SAGA_TASK_NOT_FOUND', { taskId: sheet.taskId });
}

const taken = ({ taskId }: TaskSheet, by: string) => new ApplianceError('SAGA_TASK_TAKEN', { taskId, by });
const notYours = ({ taskId }: TaskSheet, { user }: Actor, problem: string, cure: string) =>
  new ApplianceError('TASK_NOT_YOURS', { taskId, user, problem, cure });
