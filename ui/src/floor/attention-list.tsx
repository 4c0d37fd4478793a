import { tasks } from '../data/site.ts';
import { Age } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { href } from '../router.ts';
import { sortTasks } from '../tasks/sort-tasks.ts';

/** More would push the map off the screen; the tasks page has them all. */
const SHOWN_MAX = 3;

/** The first questions to a person, right where everybody looks. Nothing at all on a normal day. */
export function AttentionList() {
  const rows = sortTasks(tasks.value, []);
  if (rows.length === 0) return null;
  return (
    <section class="attention" aria-label="Needs a person">
      {rows.slice(0, SHOWN_MAX).map((task) => (
        <a key={task.taskId} class="row-link row-link-warning" href={href('tasks')}>
          <Icon name="user" />
          <span class="attention-words">
            {task.title}
            {task.claimedBy === null ? null : <span class="small soft">{task.claimedBy} is on it</span>}
          </span>
          <span class="number">
            <Age at={task.createdAt} ago={false} />
          </span>
          <Icon name="forward" />
        </a>
      ))}
      {rows.length > SHOWN_MAX ? (
        <a class="button button-ghost" href={href('tasks')}>
          and {rows.length - SHOWN_MAX} more
        </a>
      ) : null}
    </section>
  );
}
