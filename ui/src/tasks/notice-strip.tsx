import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { nowMs } from '../data/clock.ts';
import { notices, tasks } from '../data/site.ts';
import { Age } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { href, route } from '../router.ts';
import { noticesFor } from './notices.ts';
import { useMe } from './use-me.ts';

/** Ids of what was read at this screen; another screen may still call for somebody. */
const read = signal<ReadonlySet<string>>(new Set());

const SHOWN_MAX = 3;
const PHONE_SHOWN_MAX = 1;

const markRead = (noticeIds: readonly string[]): void => {
  read.value = new Set([...read.value, ...noticeIds]);
};

/** Above every page but the tasks themselves, which say the same and more. */
export function NoticeStrip() {
  return notices.value.length === 0 || route.value.page === 'tasks' ? null : <Calls />;
}

/** What the site calls out to the person at this screen, newest first, until they say that they have seen it. */
function Calls() {
  const [all, setAll] = useState(false);
  const me = useMe();
  const rows = noticesFor(notices.value, tasks.value, me, nowMs.value).filter(
    ({ noticeId }) => !read.value.has(noticeId),
  );
  if (rows.length === 0) return null;
  return (
    <section class={all ? 'notices' : 'notices notices-folded'} aria-label="Notices" aria-live="polite">
      <ul>
        {(all ? rows : rows.slice(0, SHOWN_MAX)).map((notice) => (
          <li key={notice.noticeId} class="notice-row" data-notice={notice.noticeId}>
            <Icon name="alarms" />
            <div>
              <p>
                <b>{notice.title}</b> <span class="soft">{notice.text}</span>
              </p>
              <p class="soft small">
                <Age at={notice.at} />
              </p>
            </div>
            {notice.taskId === null ? null : (
              <a class="button button-neutral" href={href('tasks', notice.taskId)}>
                Look
              </a>
            )}
            <button type="button" class="button button-neutral" onClick={() => markRead([notice.noticeId])}>
              Seen
            </button>
          </li>
        ))}
      </ul>
      {rows.length > PHONE_SHOWN_MAX ? (
        <div class="notices-all">
          <button
            type="button"
            class={rows.length > SHOWN_MAX ? 'button button-neutral' : 'button button-neutral only-phone'}
            aria-expanded={all}
            onClick={() => setAll(!all)}
          >
            {all ? 'Show fewer' : <More count={rows.length} />}
          </button>
          <button
            type="button"
            class="button button-neutral"
            onClick={() => markRead(rows.map(({ noticeId }) => noticeId))}
          >
            All seen
          </button>
        </div>
      ) : null}
    </section>
  );
}

/** A phone shows fewer of them, so more are left. */
const More = ({ count }: { count: number }) => (
  <>
    <span class="only-phone">and {count - PHONE_SHOWN_MAX} more</span>
    <span class="not-phone">and {count - SHOWN_MAX} more</span>
  </>
);
