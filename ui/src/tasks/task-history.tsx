import type { TaskAuditEntry } from '#contracts/tasks-api.ts';
import { Moment } from '../parts/age.tsx';
import { changeWords } from './task-words.ts';

/** All that happened to a task, oldest first. */
export function TaskHistory({ audit }: { audit: readonly TaskAuditEntry[] }) {
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
              {entry.note === null || entry.note === '' ? null : <span class="soft">: “{entry.note}”</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
