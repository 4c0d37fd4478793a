import type { Task } from '#contracts/api.ts';

/**
 * Soonest due first, then longest waiting: what hurts next stands on top. `kept` are tasks that were decided
 * on this screen and may have left the open ones already; they keep their place.
 */
export function sortTasks(open: readonly Task[], kept: readonly Task[]): Task[] {
  const known = new Set(open.map((task) => task.taskId));
  const gone = kept.filter((task) => !known.has(task.taskId));
  return [...gone, ...open].sort(
    (a, b) =>
      dueMs(a) - dueMs(b) || a.createdAt.localeCompare(b.createdAt) || a.taskId.localeCompare(b.taskId),
  );
}

/** A number that compares also when nothing is due. */
const dueMs = (task: Task): number =>
  task.dueAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(task.dueAt);
