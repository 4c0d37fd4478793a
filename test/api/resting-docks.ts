import { ApplianceError } from '#contracts/errors.ts';
import type { DockDesk } from '../../local-orchestrator/index.ts';

const none = (bookingId: string) =>
  Promise.reject(new ApplianceError('DOCK_BOOKING_NOT_FOUND', { bookingId }));

/** A site without docks. */
export const restingDocks: DockDesk = {
  open: async () => {},
  close: () => {},
  docks: async () => [],
  booking: none,
  book: ({ bookingId }) => none(bookingId),
  reschedule: none,
  cancel: none,
  arrive: none,
  depart: none,
  setOrder: async () => {},
};
