import type { Dock, DockBooking } from '#contracts/docks.ts';

/** A stretch of time; `toMs` is exclusive. Wall time, ms since the epoch. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export const stretchOf = ({ from, to }: { from: string; to: string }): Stretch => ({
  fromMs: Date.parse(from),
  toMs: Date.parse(to),
});

export const overlaps = (a: Stretch, b: Stretch): boolean => a.fromMs < b.toMs && b.fromMs < a.toMs;

/** Where a stretch lies within a day, as shares of it; what is before or after is cut off. */
export function shareOf(day: Stretch, { fromMs, toMs }: Stretch): { left: number; width: number } {
  const span = day.toMs - day.fromMs;
  const left = Math.min(1, Math.max(0, (fromMs - day.fromMs) / span));
  const right = Math.min(1, Math.max(0, (toMs - day.fromMs) / span));
  return { left, width: right - left };
}

/** Those of a day, earliest first: what has ended stays where it was. */
export const bookingsOn = ({ bookings, ended }: Dock, day: Stretch): DockBooking[] =>
  [...ended, ...bookings]
    .filter((booking) => overlaps(stretchOf(booking), day))
    .toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from));

export const hasEnded = ({ state }: DockBooking): boolean =>
  state === 'departed' || state === 'cancelled' || state === 'no-show';

/** What is still free of a day, earliest first. What is over is free for nobody. */
export const freeOf = ({ free }: Dock, day: Stretch, nowMs: number): Stretch[] =>
  free
    .map(stretchOf)
    .map(({ fromMs, toMs }) => ({
      fromMs: Math.max(fromMs, day.fromMs, nowMs),
      toMs: Math.min(toMs, day.toMs),
    }))
    .filter(({ fromMs, toMs }) => toMs > fromMs);

/** A slot that somebody can still get. */
export interface Offer {
  readonly dockId: string;
  readonly fromMs: number;
}

/** The first begin at each dock that leaves enough time, earliest first. */
export function offersOf(docks: readonly Dock[], fromMs: number, lengthMs: number): Offer[] {
  return docks
    .flatMap(({ dockId, free }) => {
      const slot = free
        .map(stretchOf)
        .map((one) => ({ ...one, fromMs: Math.max(one.fromMs, fromMs) }))
        .find((one) => one.toMs - one.fromMs >= lengthMs);
      return slot === undefined ? [] : [{ dockId, fromMs: slot.fromMs }];
    })
    .toSorted((a, b) => a.fromMs - b.fromMs);
}

/** How long a vehicle that has not come is late; null while it is not. */
export const lateMs = ({ state, from }: DockBooking, nowMs: number): number | null =>
  state === 'booked' && Date.parse(from) < nowMs ? nowMs - Date.parse(from) : null;

/** A short id that can be read out over a radio: the day, then letters and digits that do not look alike. */
export function bookingIdFor(now: Date, chance: Uint8Array): string {
  const signs = 'ACDEFHJKLMNPRTUVWXY34679';
  const tail = Array.from(chance, (byte) => signs.charAt(byte % signs.length)).join('');
  return `B-${now.toISOString().slice(2, 10).replaceAll('-', '')}-${tail}`;
}
