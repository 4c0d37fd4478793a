import type { DockBooking } from '#contracts/docks.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatMinute } from '../format.ts';
import { hasEnded, type Stretch, shareOf, stretchOf } from './dock-day.ts';

const TICK_MS = 3 * 3_600_000;

const percent = (share: number): string => `${share * 100}%`;
const placed = (day: Stretch, stretch: Stretch) => {
  const { left, width } = shareOf(day, stretch);
  return { left: percent(left), width: percent(width) };
};

/** A day of a dock as a line. The list below it says the same and is what is pressed. */
export function DockBar(props: {
  readonly dockId: string;
  readonly bookings: readonly DockBooking[];
  readonly day: Stretch;
  readonly isOpen: boolean;
}) {
  const { day, bookings } = props;
  const now = nowMs.value;
  const ticks = Array.from(
    { length: Math.ceil((day.toMs - day.fromMs) / TICK_MS) },
    (_, index) => day.fromMs + index * TICK_MS,
  );
  return (
    <div
      class="dock-line"
      role="img"
      aria-label={`${props.dockId} over the day: the list below says the same`}
    >
      <div class={props.isOpen ? 'dock-bar' : 'dock-bar dock-bar-shut'}>
        <div class="dock-past" style={placed(day, { fromMs: day.fromMs, toMs: now })} />
        {ticks.slice(1).map((tick) => (
          <div
            key={tick}
            class="dock-tick"
            style={{ left: placed(day, { fromMs: tick, toMs: tick }).left }}
          />
        ))}
        {/* What has ended lies below what stands: its time may have been given to others. */}
        {bookings
          .toSorted((a, b) => Number(hasEnded(b)) - Number(hasEnded(a)))
          .map((booking) => (
            <div
              key={booking.bookingId}
              class={`dock-slot dock-slot-${booking.state}${hasEnded(booking) ? ' dock-slot-ended' : ''}`}
              style={placed(day, stretchOf(booking))}
            >
              {booking.vehicle}
            </div>
          ))}
        {now > day.fromMs && now < day.toMs ? (
          <div class="dock-now" style={{ left: placed(day, { fromMs: now, toMs: now }).left }} />
        ) : null}
      </div>
      <div class="dock-hours number">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: placed(day, { fromMs: tick, toMs: tick }).left }}>
            {formatMinute(tick, timeZone.value)}
          </span>
        ))}
      </div>
    </div>
  );
}
