import type { Schedule } from '#contracts/schedules.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { usePolled } from '../data/use-polled.ts';
import { formatSpan } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Mark } from '../parts/mark.tsx';
import { href } from '../router.ts';
import { missedWords } from './machinery-words.ts';

const REFRESH_MS = 15_000;

/** Work that begins by the clock. */
export function Schedules() {
  const schedules = usePolled<{ schedules: Schedule[] }>('/schedules', REFRESH_MS);
  return (
    <section class="card" aria-label="Schedules">
      <h2>Schedules</h2>
      <Fetched from={schedules} what="the schedules">
        {({ schedules: rows }) =>
          rows.length === 0 ? (
            <p class="soft">Nothing begins by the clock. Schedules are in the site file, under “sagas”.</p>
          ) : (
            <ul class="machinery">
              {rows.map((schedule) => (
                <ScheduleRow key={schedule.name} schedule={schedule} />
              ))}
            </ul>
          )
        }
      </Fetched>
    </section>
  );
}

function ScheduleRow({ schedule }: { schedule: Schedule }) {
  const { name, saga, nextAt, lastAt, lastSagaId, problem, missed, cron } = schedule;
  return (
    <li data-schedule={name}>
      <p>
        <b>{name}</b> <span class="soft">begins {saga}</span>
      </p>
      <p>
        {problem === null ? (
          <Mark level="normal" icon="check">
            On time
          </Mark>
        ) : (
          <Mark level="warning" icon="exclaim">
            Has not begun
          </Mark>
        )}
      </p>
      {problem === null ? null : <p class="machinery-why">{problem}</p>}
      <dl class="facts machinery-facts">
        <dt>Next</dt>
        <dd>{nextAt === null ? 'never' : <Next at={nextAt} />}</dd>
        <dt>Last</dt>
        <dd>
          {lastAt === null ? 'not yet' : <Moment at={lastAt} />}
          {lastSagaId === null ? null : (
            <>
              {' '}
              <a href={href('sagas', lastSagaId)}>see what it did</a>
            </>
          )}
        </dd>
        <dt>Missed runs</dt>
        <dd>
          {missedWords[missed]} <span class="soft">after the site was down</span>
        </dd>
        <dt>Rule</dt>
        <dd>
          <span class="code">{cron}</span>
          {schedule.timeZone === timeZone.value ? null : ` in ${schedule.timeZone}`}
        </dd>
      </dl>
    </li>
  );
}

const Next = ({ at }: { at: string }) => {
  const waitMs = Date.parse(at) - nowMs.value;
  return (
    <>
      <Moment at={at} /> <span class="soft">{waitMs > 0 ? `in ${formatSpan(waitMs)}` : 'any moment'}</span>
    </>
  );
};
