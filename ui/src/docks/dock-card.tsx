import { useState } from 'preact/hooks';
import type { Dock, DockBooking } from '#contracts/docks.ts';
import { nowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { isTechnician, mayAct, timeZone } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { formatMinute, formatSpan } from '../format.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { href } from '../router.ts';
import { ArriveButton } from './booking-actions.tsx';
import { DockBar } from './dock-bar.tsx';
import { bookingsOn, freeOf, hasEnded, lateMs, type Stretch, stretchOf } from './dock-day.ts';
import { bookingWords, dockStateWords } from './dock-words.ts';
import { LoadingLine } from './loading-state.tsx';

/** From so long before its slot on a truck may be told to be here. */
const EARLY_MS_MAX = 4 * 3_600_000;

interface Props {
  readonly dock: Dock;
  readonly day: Stretch;
  readonly isToday: boolean;
  readonly onBook: (fromMs: number) => void;
  readonly onChanged: () => unknown;
}

/** One dock on one day. */
export function DockCard({ dock, day, isToday, onBook, onChanged }: Props) {
  const words = dockStateWords[dock.state];
  const bookings = bookingsOn(dock, day);
  return (
    <section class="card dock" data-dock={dock.dockId} aria-label={dock.dockId}>
      <header class="dock-head">
        <h2>{dock.dockId}</h2>
        {isToday || dock.state === 'out-of-order' ? (
          <Mark level={words.level} icon={words.icon}>
            {words.word}
          </Mark>
        ) : null}
        <div class="dock-actions">
          <OrderButton dock={dock} onChanged={onChanged} />
        </div>
      </header>
      {dock.reason === null ? null : <p class="dock-reason">{dock.reason}</p>}
      <DockBar dockId={dock.dockId} bookings={bookings} day={day} isOpen={dock.state !== 'out-of-order'} />
      <FreeSlots dock={dock} day={day} onBook={onBook} />
      {bookings.length === 0 ? <p class="soft">Nobody has booked it on this day.</p> : null}
      <ul class="bookings">
        {bookings.map((booking) => (
          <BookingRow key={booking.bookingId} booking={booking} onChanged={onChanged} />
        ))}
      </ul>
    </section>
  );
}

const time = (ms: number): string => formatMinute(ms, timeZone.value);

/** What can still be had; a press books it. */
function FreeSlots({ dock, day, onBook }: Pick<Props, 'dock' | 'day' | 'onBook'>) {
  const free = freeOf(dock, day, nowMs.value);
  if (dock.state === 'out-of-order') return null;
  if (free.length === 0) return <p class="soft">Nothing is free any more on this day.</p>;
  const total = free.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return (
    <div class="free-slots">
      <p>
        <b>Free</b> <span class="soft">{formatSpan(total)} in all</span>
      </p>
      <ul>
        {free.map((slot) => {
          const words = `${slot.fromMs <= nowMs.value ? 'now' : time(slot.fromMs)} – ${time(slot.toMs)}`;
          return (
            <li key={slot.toMs}>
              <button
                type="button"
                class="button button-neutral"
                disabled={!mayAct.value || !isLive.value}
                aria-label={`Book ${dock.dockId}, ${words}`}
                onClick={() => onBook(slot.fromMs)}
              >
                <Icon name="plus" />
                <span class="number">{words}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function BookingRow({ booking, onChanged }: { booking: DockBooking; onChanged: () => unknown }) {
  const { fromMs, toMs } = stretchOf(booking);
  const late = lateMs(booking, nowMs.value);
  const words = bookingWords[booking.state];
  const isExpected = booking.state === 'booked' && fromMs - nowMs.value < EARLY_MS_MAX;
  return (
    <li class={hasEnded(booking) ? 'booking booking-ended' : 'booking'} data-booking={booking.bookingId}>
      <a class="row-link" href={href('docks', booking.bookingId)}>
        <span class="booking-what">
          <b class="number">
            {time(fromMs)} – {time(toMs)}
          </b>
          <span>
            {booking.vehicle}
            {booking.carrier === null ? null : <span class="soft">, {booking.carrier}</span>}
          </span>
          {late === null ? (
            <Mark level={words.level} icon={words.icon}>
              {words.word}
            </Mark>
          ) : (
            <Mark level="warning" icon="clock">
              Late by {formatSpan(late)}
            </Mark>
          )}
          {booking.state === 'arrived' ? <LoadingLine booking={booking} /> : null}
          {booking.reason === null ? null : <span class="soft">“{booking.reason}”</span>}
        </span>
        <Icon name="forward" />
      </a>
      {isExpected && mayAct.value ? <ArriveButton booking={booking} onChanged={onChanged} /> : null}
    </li>
  );
}

function OrderButton({ dock, onChanged }: Pick<Props, 'dock' | 'onChanged'>) {
  const [asking, setAsking] = useState(false);
  const path = `/docks/${encodeURIComponent(dock.dockId)}`;
  if (!mayAct.value) return null;
  if (dock.state === 'out-of-order') {
    return isTechnician.value ? (
      <ActionButton
        icon="check"
        act={async () => {
          await post(`${path}/in-order`);
          await onChanged();
        }}
      >
        It works again
      </ActionButton>
    ) : (
      <span class="soft">A technician puts it in order again.</span>
    );
  }
  return (
    <>
      <button
        type="button"
        class="button button-neutral"
        disabled={!isLive.value}
        onClick={() => setAsking(true)}
      >
        Out of order…
      </button>
      {asking ? (
        <ReasonDialog
          title={`Is ${dock.dockId} out of order?`}
          lead="Nobody is sent to it until a technician says that it works. Bookings stay; their trucks get another dock when they come."
          question="What is wrong with it?"
          action="It is out of order"
          keep="It works"
          icon="exclaim"
          path={`${path}/out-of-order`}
          done={onChanged}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}
