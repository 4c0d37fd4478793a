import type { Session, Task } from '#contracts/api.ts';

/** Which tasks a person looks at. */
export type TaskFilter = 'mine' | 'role' | 'all';

export interface Me {
  readonly user: string;
  /** The role that let them in, and the duties that the site gave them. */
  readonly roles: readonly string[];
}

const ranks: readonly string[] = ['viewer', 'operator', 'technician', 'admin'] satisfies Session['role'][];
const rankOf = (role: string): number => ranks.indexOf(role);

/** Who has a task, or is asked by name. */
export const holderOf = (task: Pick<Task, 'claimedBy' | 'assignee'>): string | null =>
  task.claimedBy ?? task.assignee;

export const isMine = (task: Task, me: Me): boolean => holderOf(task) === me.user;

/** Whether the person may answer it now: what somebody else has, or was asked by name, is theirs to answer. */
export const mayAnswer = (task: Task, user: string): boolean => {
  const holder = holderOf(task);
  return holder === null || holder === user;
};

/** Whether it is for the role of the person: a higher role may do what a lower may. */
export function isForMe(task: Task, me: Me): boolean {
  if (isMine(task, me) || task.role === null || me.roles.includes(task.role)) return true;
  const wanted = rankOf(task.role);
  return wanted >= 0 && me.roles.some((role) => rankOf(role) > wanted);
}

export function filterTasks(tasks: readonly Task[], filter: TaskFilter, me: Me): readonly Task[] {
  switch (filter) {
    case 'mine':
      return tasks.filter((task) => isMine(task, me));
    case 'role':
      return tasks.filter((task) => isForMe(task, me));
    case 'all':
      return tasks;
  }
}
