import type { Task } from '#contracts/api.ts';
import type { Notice } from '#contracts/notify.ts';
import type { Me } from './filter-tasks.ts';

/** What is older calls nobody any more; the task itself tells that it waits. */
const CALLS_MS = 60 * 60_000;

/** Notices that are meant for the person at this screen, newest first: of each open task the last one. */
export function noticesFor(
  notices: readonly Notice[],
  open: readonly Pick<Task, 'taskId'>[],
  me: Me,
  nowMs: number,
): readonly Notice[] {
  const isForMe = ({ user, role }: Notice): boolean => {
    if (user !== null) return user === me.user;
    return role === null || me.roles.includes(role) || me.roles.includes('admin');
  };
  const last = new Map<string, Notice>();
  for (const notice of notices.toSorted((a, b) => a.at.localeCompare(b.at))) {
    last.set(notice.taskId ?? notice.noticeId, notice);
  }
  return [...last.values()]
    .filter(({ taskId }) => taskId === null || open.some((task) => task.taskId === taskId))
    .filter((notice) => isForMe(notice) && nowMs - Date.parse(notice.at) < CALLS_MS)
    .reverse();
}
