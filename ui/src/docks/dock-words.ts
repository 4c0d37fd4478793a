import type { BookingState, Dock } from '#contracts/docks.ts';
import { nowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { RequestFailure } from '../data/problem.ts';
import { timeZone } from '../data/session.ts';
import { localInstants } from '../format.ts';
import type { Words } from '../parts/words.ts';

export const dockStateWords: Readonly<Record<Dock['state'], Words>> = {
  free: { word: 'Free', icon: 'check', level: 'normal' },
  occupied: { word: 'Occupied', icon: 'tote', level: 'normal' },
  'out-of-order': { word: 'Out of order', icon: 'exclaim', level: 'warning' },
};

export const bookingWords: Readonly<Record<BookingState, Words>> = {
  booked: { word: 'Booked', icon: 'clock', level: 'quiet' },
  arrived: { word: 'At the dock', icon: 'pin', level: 'normal' },
  released: { word: 'May leave', icon: 'exit', level: 'notice' },
  departed: { word: 'Has left', icon: 'check', level: 'quiet' },
  cancelled: { word: 'Cancelled', icon: 'skip', level: 'quiet' },
  'no-show': { word: 'Did not come', icon: 'question', level: 'warning' },
};

/** Refusals in the words of this page; the appliance words them for programs as well. */
const cures: Readonly<Record<string, string>> = {
  DOCK_TAKEN: 'Nothing was booked. Choose another time or another dock.',
  DOCK_TIME: 'Choose a begin between now and 60 days from now.',
  DOCK_OUT_OF_ORDER: 'Choose another dock.',
  DOCK_BOOKING_STATE: 'Somebody was quicker, or it has ended. Look at it again.',
  DOCK_BOOKING_OTHER: 'Close this and begin anew: it was booked already, with other goods or times.',
  DOCK_BOOKING_NOT_FOUND: 'It may have been booked at another site.',
};

/** POST about a dock or a booking. A refusal tells its times on the clock of the site, and what to do here. */
export async function postDock<T>(path: string, body: unknown, key: string): Promise<T> {
  try {
    return await post<T>(path, body, { idempotencyKey: key });
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.failure.kind !== 'problem') throw error;
    const { problem } = error.failure;
    const title = localInstants(problem.title, nowMs.value, timeZone.value);
    throw new RequestFailure({
      kind: 'problem',
      problem: { ...problem, title, hint: cures[problem.code] ?? problem.hint },
    });
  }
}

export const isTaken = (error: unknown): boolean =>
  error instanceof RequestFailure &&
  error.failure.kind === 'problem' &&
  error.failure.problem.code === 'DOCK_TAKEN';
