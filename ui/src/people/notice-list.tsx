import { notices } from '../data/site.ts';
import { Moment } from '../parts/age.tsx';
import { href } from '../router.ts';

const reasonWords: Readonly<Record<string, string>> = {
  offered: 'a new task',
  unanswered: 'nobody answered',
  escalated: 'it went up',
  overdue: 'it is late',
  called: 'somebody asks for help',
  test: 'a test',
};

/** What was called out on these pages, newest first. */
export function NoticeList() {
  const rows = notices.value.toReversed();
  return (
    <section class="card">
      <h2>What was called out on these pages</h2>
      {rows.length === 0 ? <p class="soft">Nothing yet.</p> : null}
      <ul class="called">
        {rows.map(({ noticeId, at, reason, title, taskId, user, role }) => (
          <li key={noticeId}>
            <Moment at={at} />
            <span>
              {taskId === null ? title : <a href={href('tasks', taskId)}>{title}</a>}{' '}
              <span class="soft">
                {reasonWords[reason] ?? reason}, to {user ?? role ?? 'everybody'}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
