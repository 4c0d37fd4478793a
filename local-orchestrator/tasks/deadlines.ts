import type { EscalationLevel } from '#contracts/sagas.ts';
import type { TaskDetail } from '#contracts/tasks-api.ts';
import { offer } from './offer.ts';
import { type Roster, standIn } from './roster.ts';
import { isOpen, type TaskSheet } from './task-sheet.ts';
import { channelsOf, type TaskRules, type TaskStep, type Trace } from './task-step.ts';

export type Due = 'place' | 'escalate' | 'unanswered' | 'silent' | 'overdue';

/** The saga itself may close the task at its time; only what stays open after it is overdue. */
export const OVERDUE_GRACE_MS = 5_000;
/** A new task is due whatever any clock says. */
export const AT_ONCE_MS = 0;

/** One thing that becomes of a task by itself. */
interface ComingDue {
  readonly atMs: number;
  readonly what: Due;
  /** For `escalate` only. */
  readonly level?: EscalationLevel;
}

/** What comes next for a task if nobody does anything; null when nothing does. */
export const nextDue = (sheet: TaskSheet): ComingDue | null => dues(sheet)[0] ?? null;

/** All that comes for a task if nobody does anything, as people read it; soonest first. `aheadMs`: of wall time. */
export const comingOf = (sheet: TaskSheet, aheadMs: number): TaskDetail['coming'] =>
  isOpen(sheet) ? dues(sheet).flatMap((due) => shownDue(due, sheet, aheadMs)) : [];

function shownDue(
  { atMs, what, level }: ComingDue,
  { claimedBy, dueMs }: TaskSheet,
  aheadMs: number,
): TaskDetail['coming'] {
  const isPassedOver = level?.when === 'unanswered' && claimedBy !== null;
  if (what === 'place' || isPassedOver) return [];
  // The grace is ours; people were told the time itself.
  const shownMs = what === 'overdue' ? (dueMs ?? atMs) : atMs;
  return [
    {
      at: new Date(shownMs + aheadMs).toISOString(),
      what,
      role: level?.role ?? null,
      user: level?.user ?? null,
    },
  ];
}

/** Soonest first. */
function dues(sheet: TaskSheet): ComingDue[] {
  const { state, answerMs, dueMs } = sheet;
  if (state === 'created') return [{ atMs: AT_ONCE_MS, what: 'place' }];
  const found: ComingDue[] = levelDues(sheet);
  if (answerMs !== null && state !== 'started') {
    found.push({ atMs: answerMs, what: state === 'claimed' ? 'silent' : 'unanswered' });
  }
  if (dueMs !== null && !sheet.overdue) found.push({ atMs: dueMs + OVERDUE_GRACE_MS, what: 'overdue' });
  return found.toSorted((a, b) => a.atMs - b.atMs);
}

/** A level never comes before the one it follows, whatever their times say. */
function levelDues({ people, level, offeredMs }: TaskSheet): ComingDue[] {
  const levels = people.escalation ?? [];
  if (offeredMs === null) return [];
  return levels.slice(level).map((one, index) => ({
    atMs: offeredMs + Math.max(...levels.slice(0, level + index + 1).map(({ afterMs }) => afterMs)),
    what: 'escalate',
    level: one,
  }));
}

/** What becomes of a task when a time of it has passed: one step for each, in their order, however late. */
export function onDue(sheet: TaskSheet, what: Due, roster: Roster, rules: TaskRules): TaskStep {
  switch (what) {
    case 'place':
      return offer(sheet, roster, rules);
    case 'unanswered':
      return unanswered(sheet, roster, rules);
    case 'silent':
      return silent(sheet, roster, rules);
    case 'escalate':
      return escalate(sheet, roster, rules);
    case 'overdue':
      return overdue(sheet, rules);
  }
}

const trace = (change: Trace['change'], sheet: TaskSheet, more: Partial<Trace> = {}): Trace => ({
  change,
  state: sheet.state,
  by: null,
  user: null,
  note: null,
  ...more,
});

function unanswered(sheet: TaskSheet, roster: Roster, rules: TaskRules): TaskStep {
  const { assignee } = sheet;
  const before = [trace('unanswered', sheet, { user: assignee })];
  // Nobody of the role has taken it: from now on anybody may.
  if (assignee === null) return offer({ ...sheet, role: null }, roster, rules, before);
  return offer({ ...sheet, passed: [...sheet.passed, assignee] }, roster, rules, before);
}

function silent(sheet: TaskSheet, roster: Roster, rules: TaskRules): TaskStep {
  const { claimedBy } = sheet;
  const passed = claimedBy === null ? sheet.passed : [...sheet.passed, claimedBy];
  const note = 'claimed, and not heard of since';
  const before = [trace('released', sheet, { state: 'offered', user: claimedBy, note })];
  return offer({ ...sheet, passed }, roster, rules, before);
}

function escalate(sheet: TaskSheet, roster: Roster, rules: TaskRules): TaskStep {
  const level = (sheet.people.escalation ?? [])[sheet.level];
  const next: TaskSheet = { ...sheet, level: sheet.level + 1 };
  const nothing: TaskStep = { sheet: next, traces: [], turn: null, calls: [], alarm: null };
  // It was for the case that nobody had answered, and somebody has.
  if (level === undefined || (level.when === 'unanswered' && sheet.claimedBy !== null)) return nothing;
  const named = level.user === undefined ? null : (standIn(roster, level.user) ?? level.user);
  const channels = level.notify.length > 0 ? level.notify : channelsOf(sheet, rules);
  const call = { reason: 'escalated', channels } as const;
  const note = `level ${next.level}`;
  const staysPut = named === null ? level.role === undefined : named === sheet.claimedBy;
  if (staysPut) {
    return { ...nothing, traces: [trace('escalated', sheet, { user: named, note })], calls: [call] };
  }
  const taken = sheet.claimedBy === null ? note : `${note}, taken from ${sheet.claimedBy}`;
  const before = trace('escalated', sheet, { state: 'offered', user: named, note: taken });
  if (named === null) {
    const offered = offer({ ...next, role: level.role ?? sheet.role }, roster, rules, [before]);
    return { ...offered, calls: [call] };
  }
  return {
    ...nothing,
    sheet: toPerson(next, named, roster.nowMs, rules),
    traces: [before, trace('offered', sheet, { state: 'offered', user: named })],
    calls: [call],
  };
}

/** Offered to one person by name, whatever the policy. */
export function toPerson(sheet: TaskSheet, user: string, nowMs: number, rules: TaskRules): TaskSheet {
  return {
    ...sheet,
    state: 'offered',
    assignee: user,
    claimedBy: null,
    answerMs: nowMs + (sheet.people.respondMs ?? rules.respondMs),
  };
}

function overdue(sheet: TaskSheet, rules: TaskRules): TaskStep {
  return {
    sheet: { ...sheet, overdue: true },
    traces: [trace('overdue', sheet, { user: sheet.claimedBy ?? sheet.assignee })],
    turn: null,
    calls: [{ reason: 'overdue', channels: channelsOf(sheet, rules) }],
    alarm: { is: 'overdue', words: 'it is past the time by which it should have been done' },
  };
}
