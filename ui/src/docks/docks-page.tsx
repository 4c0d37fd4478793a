import { useState } from 'preact/hooks';
import type { Dock } from '#contracts/docks.ts';
import { nowMs } from '../data/clock.ts';
import { mayAct, timeZone } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { usePolled } from '../data/use-polled.ts';
import { formatDay } from '../format.ts';
import { Blank } from '../parts/blank.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { siteTime } from '../people/presence.ts';
import { dayBounds } from '../sagas/site-day.ts';
import { BookDialog } from './book-dialog.tsx';
import { DockCard } from './dock-card.tsx';
import type { Stretch } from './dock-day.ts';

/** Trucks and other systems book too, and the live feed does not tell of it. */
const REFRESH_MS = 5_000;
const NOON_MS = 43_200_000;
const DAY_MS = 86_400_000;

const dayOf = (ms: number): string => siteTime(ms, timeZone.value).slice(0, 10);

/** The docks of the site on one day: who has them when, what is free, and where a loading stands. */
export function DocksPage() {
  const today = dayOf(nowMs.value);
  const [chosen, setChosen] = useState<string | null>(null);
  const [booking, setBooking] = useState<{ dockId: string | null; fromMs: number } | null>(null);
  const day = chosen ?? today;
  const bounds = dayBounds(day, timeZone.value);
  const docks = usePolled<{ docks: Dock[] }>(pathOf(bounds), REFRESH_MS);
  const known = docks.value?.docks ?? [];
  const startMs = Math.max(bounds.fromMs, nowMs.value);
  const step = (days: number) => {
    // By way of noon: days on which clocks change have 23 or 25 hours.
    const next = dayOf(bounds.fromMs + NOON_MS + days * DAY_MS);
    setChosen(next === today ? null : next);
  };
  return (
    <>
      <PageHead title="Docks">
        {mayAct.value && known.length > 0 ? (
          <button
            type="button"
            class="button button-primary"
            disabled={!isLive.value}
            onClick={() => setBooking({ dockId: null, fromMs: startMs })}
          >
            <Icon name="plus" />
            <span>Book a dock…</span>
          </button>
        ) : null}
      </PageHead>
      <DayChoice day={day} today={today} step={step} />
      <Fetched from={docks} what="the docks" rows={4}>
        {({ docks: rows }) => (
          <>
            {rows.length === 0 ? (
              <Blank icon="truck" title="This site has no docks">
                They are told to the site in its file, under “docks”.
              </Blank>
            ) : null}
            {rows.map((dock) => (
              <DockCard
                key={dock.dockId}
                dock={dock}
                day={bounds}
                isToday={day === today}
                onBook={(fromMs) => setBooking({ dockId: dock.dockId, fromMs })}
                onChanged={docks.reload}
              />
            ))}
          </>
        )}
      </Fetched>
      {booking === null ? null : (
        <BookDialog
          docks={known}
          dockId={booking.dockId}
          fromMs={booking.fromMs}
          onClose={() => setBooking(null)}
          onDone={docks.reload}
        />
      )}
    </>
  );
}

const pathOf = ({ fromMs, toMs }: Stretch): string =>
  `/docks?from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;

function DayChoice({ day, today, step }: { day: string; today: string; step: (days: number) => void }) {
  return (
    <nav class="day-choice" aria-label="Day">
      <button
        type="button"
        class="button button-neutral button-square"
        aria-label="The day before"
        disabled={day <= today}
        onClick={() => step(-1)}
      >
        <Icon name="back" />
      </button>
      <p class="day-name" role="status">
        {day === today ? 'Today, ' : ''}
        {formatDay(Date.parse(`${day}T12:00:00Z`), 'UTC')}
      </p>
      <button
        type="button"
        class="button button-neutral button-square"
        aria-label="The day after"
        onClick={() => step(1)}
      >
        <Icon name="forward" />
      </button>
    </nav>
  );
}
