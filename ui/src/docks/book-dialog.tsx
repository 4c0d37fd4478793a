import { useMemo, useState } from 'preact/hooks';
import type { Dock, DockBooking } from '#contracts/docks.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { fieldOfSchema } from '../forms/field.ts';
import { FormFields } from '../forms/form-fields.tsx';
import { useForm } from '../forms/use-form.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { bookingIdFor } from './dock-day.ts';
import { postDock } from './dock-words.ts';
import { choiceOf, slotOf } from './slot-choice.ts';
import { Offers, SlotFields } from './slot-fields.tsx';
import { useSlot } from './use-slot.ts';

const USUAL_MINUTES = 60;

/** What `DockBook` asks for besides the slot. */
const cargo = fieldOfSchema({
  type: 'object',
  required: ['vehicle', 'lines'],
  properties: {
    vehicle: { type: 'string', title: 'Truck', minLength: 1, maxLength: 64 },
    carrier: { type: 'string', title: 'Carrier', maxLength: 80 },
    lines: {
      type: 'array',
      title: 'What it fetches',
      minItems: 1,
      maxItems: 200,
      items: {
        type: 'object',
        required: ['sku', 'quantity'],
        properties: {
          sku: { type: 'string', title: 'Article', minLength: 1, maxLength: 64 },
          quantity: { type: 'integer', title: 'Pieces', minimum: 1, maximum: 1_000_000 },
        },
      },
    },
  },
});

/** Books a slot for a truck. */
export function BookDialog(props: {
  readonly docks: readonly Dock[];
  readonly dockId: string | null;
  readonly fromMs: number;
  readonly onClose: () => void;
  readonly onDone: () => unknown;
}) {
  const slot = useSlot(choiceOf(props.dockId ?? '', props.fromMs, USUAL_MINUTES));
  const form = useForm(cargo);
  const keys = useMemo(repeatKeys, []);
  // One id as long as this stands open: a second try after a lost answer finds the first.
  const [bookingId] = useState(() => bookingIdFor(new Date(), crypto.getRandomValues(new Uint8Array(4))));
  const wanted = slotOf(slot.choice);
  const send = async () => {
    const { value, problems } = form.read();
    if (wanted === null || problems.length > 0) return;
    const body = { bookingId, ...wanted, ...(value as object) };
    await slot.ask(() => postDock<DockBooking>('/docks/bookings', body, keys(body)));
    await props.onDone();
    props.onClose();
  };
  return (
    <Dialog title="Book a dock" onClose={props.onClose}>
      <div class="form">
        <SlotFields choice={slot.choice} docks={props.docks} onChange={slot.change} />
        <FormFields field={form.field} draft={form.draft} onChange={form.change} problems={form.problems} />
        <p class="soft small">
          It will be booking <b>{bookingId}</b>.
        </p>
      </div>
      <div class="dialog-actions dialog-actions-stacked">
        <ActionButton tone="primary" icon="check" disabled={wanted === null} act={send}>
          Book it
        </ActionButton>
        <Offers offers={slot.offers} choice={slot.choice} onChange={slot.change} />
      </div>
    </Dialog>
  );
}
