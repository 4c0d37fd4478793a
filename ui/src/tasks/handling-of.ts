import type { Task } from '#contracts/api.ts';
import { holderOf } from './filter-tasks.ts';

/** What a person may do with a task. The appliance checks it again. */
export function handlingOf(task: Task, me: string, isLead: boolean) {
  const { claimedBy, assignee, state } = task;
  const isFree = claimedBy === null && (assignee === null || assignee === me || isLead);
  const isMine = holderOf(task) === me;
  return {
    claim: isFree,
    begin: claimedBy === me && state === 'claimed',
    decline: claimedBy === null && (assignee === null || assignee === me),
    release: claimedBy !== null && (claimedBy === me || isLead),
    delegate: isMine || isLead,
  };
}
