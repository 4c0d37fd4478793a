import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatMoment, formatSpan } from '../format.ts';

/** How long ago, with the exact time for readers and for a closer look. Ticks once a second. */
export function Age({ at, ago = true }: { at: string | number; ago?: boolean }) {
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  const span = formatSpan(nowMs.value - atMs);
  return (
    <time class="number" dateTime={new Date(atMs).toISOString()}>
      {ago ? `${span} ago` : span}
    </time>
  );
}

/** A point in time on the site's own clock. */
export function Moment({ at }: { at: string | number }) {
  const atMs = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time class="number" dateTime={new Date(atMs).toISOString()}>
      {formatMoment(atMs, nowMs.value, timeZone.value)}
    </time>
  );
}
