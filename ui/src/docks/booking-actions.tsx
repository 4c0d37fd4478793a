import { useMemo, useState } from 'preact/hooks';
import type { Dock, DockBooking } from '#contracts/docks.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { isLive } from '../data/site.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Icon } from '../parts/icon.tsx';
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
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button button-neutral"
        disabled={!isLive.value}
        onClick={() => setOpen(true)}
      >
        <Icon name="clock" />
        <span>Move it…</span>
      </button>
      {open ? (
        <MoveDialog booking={booking} docks={docks} onClose={() => setOpen(false)} onDone={onChanged} />
      ) : null}
    </>
  );
}

export function CancelButton({ booking, onChanged }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button button-neutral"
        disabled={!isLive.value}
        onClick={() => setOpen(true)}
      >
        <Icon name="cross" />
        <span>Cancel it…</span>
      </button>
      {open ? (
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
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}
