import type { Dock, DockBooking } from '#contracts/docks.ts';
import { isMissing } from '../data/problem.ts';
import { mayAct } from '../data/session.ts';
import { tasks } from '../data/site.ts';
import { usePolled } from '../data/use-polled.ts';
import { Moment } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { href } from '../router.ts';
import { ArriveButton, CancelButton, DepartButton, MoveButton } from './booking-actions.tsx';
import { hasEnded } from './dock-day.ts';
import { bookingWords } from './dock-words.ts';
import { LoadingState } from './loading-state.tsx';

const REFRESH_MS = 5_000;
const back = { page: 'docks', words: 'Back to all docks' } as const;

/** One truck at one dock: what was booked, what it fetches, and where its loading stands. */
export function BookingPage({ bookingId }: { bookingId: string }) {
  const booking = usePolled<DockBooking>(`/docks/bookings/${encodeURIComponent(bookingId)}`, REFRESH_MS);
  const { resource, value } = booking;
  if (resource.state === 'failed' && value === null && isMissing(resource.failure)) {
    return (
      <>
        <PageHead title="Booking" back={back} />
        <Blank icon="question" title={`There is no booking ${bookingId}`}>
          It may be spelled differently. The docks show all that stand.
        </Blank>
      </>
    );
  }
  return (
    <>
      <PageHead title={value === null ? 'Booking' : value.vehicle} back={back}>
        {value === null || !mayAct.value ? null : <Actions booking={value} onChanged={booking.reload} />}
      </PageHead>
      <Fetched from={booking} what="the booking" rows={5}>
        {(known) => <Detail booking={known} />}
      </Fetched>
    </>
  );
}

function Actions({ booking, onChanged }: { booking: DockBooking; onChanged: () => unknown }) {
  const { value } = usePolled<{ docks: Dock[] }>('/docks', REFRESH_MS);
  if (booking.state === 'released') return <DepartButton booking={booking} onChanged={onChanged} />;
  if (hasEnded(booking)) return null;
  return (
    <>
      {booking.state === 'booked' ? (
        <>
          <ArriveButton booking={booking} onChanged={onChanged} />
          <MoveButton booking={booking} docks={value?.docks ?? []} onChanged={onChanged} />
        </>
      ) : null}
      <CancelButton booking={booking} onChanged={onChanged} />
    </>
  );
}

function Detail({ booking }: { booking: DockBooking }) {
  const words = bookingWords[booking.state];
  const asked = tasks.value.filter(
    ({ sagaId }) => sagaId === booking.sagaId || sagaId.startsWith(`${booking.sagaId}/`),
  );
  return (
    <div class="booking-page">
      <section class="card">
        <p>
          <Mark level={words.level} icon={words.icon}>
            {words.word}
          </Mark>
        </p>
        {booking.reason === null ? null : <p>“{booking.reason}”</p>}
        {asked.map((task) => (
          <a key={task.taskId} class="row-link row-link-warning" href={href('tasks', task.taskId)}>
            <Icon name="user" />
            <span>{task.title}</span>
            <Icon name="forward" />
          </a>
        ))}
        <dl class="facts">
          <dt>Dock</dt>
          <dd>{booking.dockId}</dd>
          <dt>From</dt>
          <dd>
            <Moment at={booking.from} />
          </dd>
          <dt>To</dt>
          <dd>
            <Moment at={booking.to} />
          </dd>
          <dt>Carrier</dt>
          <dd>{booking.carrier ?? 'not given'}</dd>
          <dt>Booked by</dt>
          <dd>{booking.bookedBy}</dd>
          <dt>Booking</dt>
          <dd>{booking.bookingId}</dd>
        </dl>
        <a class="row-link" href={href('sagas', booking.sagaId)}>
          <Icon name="procedure" />
          <span>See every step</span>
          <Icon name="forward" />
        </a>
      </section>
      <LoadingState booking={booking} />
      <section class="card">
        <h2>{plural(booking.lines.length, 'article')} to load</h2>
        <ul class="load-lines">
          {booking.lines.map(({ sku, quantity }) => (
            <li key={`${sku} ${quantity}`}>
              <b class="number">{quantity} ×</b> {sku}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
