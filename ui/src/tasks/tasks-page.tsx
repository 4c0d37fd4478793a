import { mayAct } from '../data/session.ts';
import { tasks } from '../data/site.ts';
import { Blank } from '../parts/blank.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { decided } from './decisions.ts';
import { sortTasks } from './sort-tasks.ts';
import { TaskCard } from './task-card.tsx';

export function TasksPage() {
  const rows = sortTasks(
    tasks.value,
    [...decided.value.values()].map((row) => row.task),
  );
  const open = tasks.value.length;
  return (
    <>
      <PageHead
        title="Tasks"
        note={open === 0 ? undefined : `${plural(open, 'order')} cannot go on without a person`}
      />
      {mayAct.value || open === 0 ? null : (
        <p class="notice">You are signed in as a viewer: you can look, another person has to decide.</p>
      )}
      {rows.length === 0 ? (
        <Blank icon="check" title="Nothing needs a person">
          When an order cannot go on by itself, it asks here.
        </Blank>
      ) : (
        <ul class="tasks">
          {rows.map((task) => (
            <li key={task.taskId}>
              <TaskCard task={task} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
