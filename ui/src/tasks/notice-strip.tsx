import { signal } from '@preact/signals';
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

/** Above every page but the tasks themselves, which say the same and more. */
export function NoticeStrip() {
  return notices.value.length === 0 || route.value.page === 'tasks' ? null : <Calls />;
}

/** What the site calls out to the person at this screen, newest first, until they say that they have seen it. */
function Calls() {
  const me = useMe();
  const rows = noticesFor(notices.value, tasks.value, me, nowMs.value).filter(
    ({ noticeId }) => !read.value.has(noticeId),
  );
  if (rows.length === 0) return null;
  return (
    <section class="notices" aria-label="Notices" aria-live="polite">
      <ul>
        {rows.slice(0, SHOWN_MAX).map((notice) => (
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
            <button
              type="button"
              class="button button-ghost"
              onClick={() => {
                read.value = new Set(read.value).add(notice.noticeId);
              }}
            >
              Seen
            </button>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN_MAX ? <p class="soft small">and {rows.length - SHOWN_MAX} older</p> : null}
    </section>
  );
}
