import type { Task } from '#contracts/api.ts';
import type { TaskAuditEntry, TaskDetail } from '#contracts/tasks-api.ts';

type Coming = TaskDetail['coming'][number];

const whom = (role: string | null): string => (role === null ? 'everybody' : `every ${roleWords(role)}`);

/** "shift-lead" as it is spoken. */
const roleWords = (role: string): string => role.replaceAll('-', ' ');

/** Who has a task, as a sentence to the person at this screen. */
export function holderWords(
  task: Pick<Task, 'claimedBy' | 'assignee' | 'role' | 'state'>,
  me: string,
): string {
  const { claimedBy, assignee, role, state } = task;
  if (claimedBy !== null) {
    const doing = state === 'started' ? 'working on it' : 'on it';
    return claimedBy === me ? `You are ${doing}.` : `${claimedBy} is ${doing}.`;
  }
  if (assignee !== null) return assignee === me ? 'You are asked by name.' : `${assignee} is asked by name.`;
  if (state === 'declined')
    return `Everybody who was asked has declined it; ${whom(role)} may still take it.`;
  return `Nobody has it yet; ${whom(role)} may take it.`;
}

/** One line of the history. */
export function changeWords({ change, by, user, role }: TaskAuditEntry): string {
  const who = by ?? user ?? 'Somebody';
  switch (change) {
    case 'created':
      return 'Asked by the procedure';
    case 'offered':
      return user === null ? `Offered to ${whom(role)}` : `Offered to ${user}`;
    case 'claimed':
      return `${who} took it`;
    case 'started':
      return `${who} began to work on it`;
    case 'completed':
      return by === null ? 'Decided' : `Decided by ${by}`;
    case 'declined':
      return `${who} did not take it`;
    case 'expired':
      return 'Its time was over; the procedure went on without an answer';
    case 'cancelled':
      return 'No longer needed';
    case 'released':
      return releasedWords(by, user);
    case 'delegated':
      return `${by ?? 'The site'} handed it to ${user ?? 'somebody'}`;
    case 'unanswered':
      return user === null ? 'Nobody took it in time' : `${user} did not answer in time`;
    case 'escalated':
      return user === null ? 'Others were told' : `It went up to ${user}`;
    case 'overdue':
      return 'It was not done in time; others were told';
  }
}

function releasedWords(by: string | null, user: string | null): string {
  if (by === null) return `Taken from ${user ?? 'whoever had it'}`;
  return by === user ? `${by} gave it back` : `${by} took it back from ${user ?? 'whoever had it'}`;
}

/** What follows when nobody does anything. */
export function comingWords(
  { what, role, user }: Coming,
  task: Pick<Task, 'assignee' | 'claimedBy'>,
): string {
  switch (what) {
    case 'unanswered':
      return task.assignee === null
        ? 'If nobody has taken it by then, everybody may, and an alarm is raised.'
        : `If ${task.assignee} has not answered by then, somebody else is asked.`;
    case 'silent':
      return `If ${task.claimedBy ?? 'whoever has it'} has not begun by then, it is offered to others.`;
    case 'escalate':
      if (user !== null) return `If it is still open, it goes to ${user}.`;
      return role === null
        ? 'If it is still open, others are told.'
        : `If it is still open, it goes to ${whom(role)}.`;
    case 'overdue':
      return 'By then it has to be decided. After that it is late and others are told, or the procedure goes on without an answer.';
  }
}
