import type { Task } from '#contracts/api.ts';
import { mayAct } from '../data/session.ts';
import { tasks } from '../data/site.ts';
import { Blank } from '../parts/blank.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { keepQuery, route } from '../router.ts';
import { decided } from './decisions.ts';
import { filterTasks, type Me, type TaskFilter } from './filter-tasks.ts';
import { sortTasks } from './sort-tasks.ts';
import { TaskCard } from './task-card.tsx';
import { useMe } from './use-me.ts';

const filters: readonly { id: TaskFilter; words: string }[] = [
  { id: 'all', words: 'All' },
  { id: 'role', words: 'My role' },
  { id: 'mine', words: 'Mine' },
];

export function TasksPage() {
  const me = useMe();
  const filter = filters.find(({ id }) => `show=${id}` === route.value.query)?.id ?? 'all';
  const rows = sortTasks(
    filterTasks(tasks.value, filter, me),
    [...decided.value.values()].map((row) => row.task),
  );
  const open = tasks.value.length;
  return (
    <>
      <PageHead
        title="Tasks"
        note={open === 0 ? undefined : `${waitingWords(tasks.value)} cannot go on without a person`}
      />
      {mayAct.value || open === 0 ? null : (
        <p class="notice">You are signed in as a viewer: you can look, another person has to decide.</p>
      )}
      {open === 0 || !mayAct.value ? null : <Filters chosen={filter} me={me} />}
      {rows.length === 0 ? <Nothing isFiltered={open > 0} /> : null}
      <ul class="tasks">
        {rows.map((task) => (
          <li key={task.taskId}>
            <TaskCard task={task} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Not everything that needs a person is an order: shelves are counted, vehicles sealed. */
const waitingWords = (open: readonly Task[]): string =>
  open.every(({ orderId }) => orderId !== null)
    ? plural(open.length, 'order')
    : plural(open.length, 'piece of work', 'pieces of work');

function Filters({ chosen, me }: { chosen: TaskFilter; me: Me }) {
  return (
    <fieldset class="filters">
      <legend class="visually-hidden">Which tasks</legend>
      {filters.map(({ id, words }) => (
        <button
          key={id}
          type="button"
          class="button button-neutral"
          aria-pressed={chosen === id}
          onClick={() => keepQuery(id === 'all' ? '' : `show=${id}`)}
        >
          {words} <span class="number">{filterTasks(tasks.value, id, me).length}</span>
        </button>
      ))}
    </fieldset>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <Blank icon="check" title="Nothing of these needs you">
      Others have what is open. “All” shows it.
    </Blank>
  ) : (
    <Blank icon="check" title="Nothing needs a person">
      When an order cannot go on by itself, it asks here.
    </Blank>
  );
}
