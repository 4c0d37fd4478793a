import { useMemo } from 'preact/hooks';
import type { Dock, DockBooking } from '#contracts/docks.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { DialogButton } from '../parts/dialog-button.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { postDock } from './dock-words.ts';
import { MoveDialog } from './move-dialog.tsx';

interface Props {
  readonly booking: DockBooking;
  readonly onChanged: () => unknown;
}

const pathOf = ({ bookingId }: DockBooking): string => `/docks/bookings/${encodeURIComponent(bookingId)}`;

export const ArriveButton = (props: Props) => (
  <TellButton {...props} verb="arrive" icon="pin">
    The truck is here
  </TellButton>
);

export const DepartButton = (props: Props) => (
  <TellButton {...props} verb="depart" icon="exit">
    The truck has left
  </TellButton>
);

function TellButton(props: Props & { verb: 'arrive' | 'depart'; icon: 'pin' | 'exit'; children: string }) {
  const keys = useMemo(repeatKeys, []);
  return (
    <ActionButton
      icon={props.icon}
      label={`${props.children}: ${props.booking.vehicle}`}
      act={async () => {
        await postDock(`${pathOf(props.booking)}/${props.verb}`, {}, keys(props.verb));
        await props.onChanged();
      }}
    >
      {props.children}
    </ActionButton>
  );
}

export function MoveButton({ booking, docks, onChanged }: Props & { docks: readonly Dock[] }) {
  return (
    <DialogButton icon="clock" label="Move it…">
      {(close) => <MoveDialog booking={booking} docks={docks} onClose={close} onDone={onChanged} />}
    </DialogButton>
  );
}

export function CancelButton({ booking, onChanged }: Props) {
  return (
    <DialogButton icon="cross" label="Cancel it…">
      {(close) => (
        <ReasonDialog
          title={`Cancel the booking of ${booking.vehicle}?`}
          lead="The slot is free for others again. Goods that were set aside or loaded are taken back first."
          question="Why? It is kept with the booking."
          action="Cancel this booking"
          keep="Keep it"
          tone="danger"
          icon="cross"
          path={`${pathOf(booking)}/cancel`}
          done={onChanged}
          onClose={close}
        />
      )}
    </DialogButton>
  );
}
