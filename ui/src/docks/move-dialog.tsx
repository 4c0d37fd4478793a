import { useMemo } from 'preact/hooks';
import type { Dock, DockBooking } from '#contracts/docks.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { stretchOf } from './dock-day.ts';
import { postDock } from './dock-words.ts';
import { choiceOf, slotOf } from './slot-choice.ts';
import { Offers, SlotFields } from './slot-fields.tsx';
import { useSlot } from './use-slot.ts';

/** Moves a booking to another time or dock. Until the appliance has taken it, the old slot is held. */
export function MoveDialog(props: {
  readonly booking: DockBooking;
  readonly docks: readonly Dock[];
  readonly onClose: () => void;
  readonly onDone: () => unknown;
}) {
  const { booking } = props;
  const { fromMs, toMs } = stretchOf(booking);
  const slot = useSlot(choiceOf(booking.dockId, fromMs, Math.round((toMs - fromMs) / 60_000)));
  const keys = useMemo(repeatKeys, []);
  const wanted = slotOf(slot.choice);
  const path = `/docks/bookings/${encodeURIComponent(booking.bookingId)}/reschedule`;
  return (
    <Dialog title={`Move the booking of ${booking.vehicle}`} onClose={props.onClose}>
      <div class="form">
        <SlotFields choice={slot.choice} docks={props.docks} onChange={slot.change} />
      </div>
      <div class="dialog-actions dialog-actions-stacked">
        <ActionButton
          tone="primary"
          icon="check"
          disabled={wanted === null}
          act={async () => {
            await slot.ask(() => postDock(path, wanted, keys(wanted)));
            await props.onDone();
            props.onClose();
          }}
        >
          Move it
        </ActionButton>
        <Offers offers={slot.offers} choice={slot.choice} onChange={slot.change} />
      </div>
    </Dialog>
  );
}
