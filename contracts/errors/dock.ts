import type { ErrorEntry } from './entry.ts';

export const dockErrors = {
  DOCK_NOT_FOUND: {
    message: 'There is no dock {dockId}',
    hint: 'Docks of this site: {known}. They are declared in the site file under docks.',
    retryable: false,
  },
  DOCK_TAKEN: {
    message: 'No dock is free from {from} for {minutes} min ({asked})',
    hint: 'Next free: {next}. GET /api/v1/docks shows every free slot.',
    retryable: false,
  },
  DOCK_TIME: {
    message: 'A slot from {from} cannot be booked: {problem}',
    hint: 'Choose a begin between now and {daysMax} days from now.',
    retryable: false,
  },
  DOCK_OUT_OF_ORDER: {
    message: 'Dock {dockId} is out of order: {reason}',
    hint: 'Take another dock, or repair it and put it in order again.',
    retryable: false,
  },
  DOCK_BOOKING_NOT_FOUND: {
    message: 'There is no booking {bookingId}',
    hint: 'GET /api/v1/docks shows the bookings that stand.',
    retryable: false,
  },
  DOCK_BOOKING_OTHER: {
    message: 'Booking {bookingId} exists with other content',
    hint: 'Use another bookingId, or reschedule the one that stands.',
    retryable: false,
  },
  DOCK_BOOKING_CHANGED: {
    message: 'Booking {bookingId} was changed meanwhile: it is at revision {revision}, not {expected}',
    hint: 'Read it again, then decide; its ETag is what If-Match compares.',
    retryable: true,
  },
  DOCK_BOOKING_STATE: {
    message: 'Booking {bookingId} is {state}: {problem}',
    hint: 'Look at it with GET /api/v1/docks/bookings/{bookingId}; make a new one if it has ended.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
