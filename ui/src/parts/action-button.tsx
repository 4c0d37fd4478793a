import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Failure } from '../data/problem.ts';
import { toFailure } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { FailureNote } from './failure-note.tsx';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'primary' | 'neutral' | 'danger';

/**
 * A button that asks the appliance for something and waits for its answer. It cannot be pressed twice, and it
 * is off while the picture on this screen is not live: nobody should act on what may no longer be so.
 */
export function ActionButton(props: {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly act: () => Promise<unknown>;
  readonly children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const press = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await props.act();
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class={`button button-${props.tone ?? 'neutral'}`}
        disabled={busy || props.disabled === true || !isLive.value}
        aria-busy={busy}
        aria-label={props.label}
        onClick={() => void press()}
      >
        {props.icon === undefined ? null : <Icon name={props.icon} />}
        <span>{busy ? 'Sending…' : props.children}</span>
      </button>
      {failure === null ? null : <FailureNote failure={failure} />}
    </>
  );
}
