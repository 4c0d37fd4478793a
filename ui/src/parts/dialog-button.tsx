import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isLive } from '../data/site.ts';
import { Icon, type IconName } from './icon.tsx';

/** Opens a dialog; nothing can be done in one while the site is not heard. */
export function DialogButton(props: {
  readonly icon: IconName;
  readonly label: string;
  /** Draws the dialog; it is handed what closes it. */
  readonly children: (close: () => void) => ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button button-neutral"
        disabled={!isLive.value}
        onClick={() => setOpen(true)}
      >
        <Icon name={props.icon} />
        <span>{props.label}</span>
      </button>
      {open ? props.children(() => setOpen(false)) : null}
    </>
  );
}
