import type { TaskAuditEntry, TaskDetail } from '#contracts/tasks-api.ts';
import { Moment } from '../parts/age.tsx';
import { changeWords } from './task-words.ts';

/** All that happened to a task, oldest first. */
export function TaskHistory({ audit, decisions }: Pick<TaskDetail, 'audit' | 'decisions'>) {
  return (
    <section class="card">
      <h2>What happened to this task</h2>
      <ol class="task-history">
        {audit.map((entry, index) => (
          // Rows are only ever added at the end.
          <li key={index}>
            <span class="soft">
              <Moment at={entry.at} />
            </span>
            <span>
              {changeWords(entry)}
              <Note entry={entry} decisions={decisions} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What was said with it; of the end it is the button that was pressed. */
function Note(props: { entry: TaskAuditEntry; decisions: TaskDetail['decisions'] }) {
  const { change, note } = props.entry;
  if (note === null || note === '') return null;
  const pressed = change === 'completed' ? props.decisions.find(({ id }) => id === note) : undefined;
  return <span class="soft">: “{pressed?.label ?? note}”</span>;
}
