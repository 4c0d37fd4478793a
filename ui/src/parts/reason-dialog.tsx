import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { ActionButton, type Tone } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import type { IconName } from './icon.tsx';
import { ReasonField } from './reason-field.tsx';

/** Asks once more before something is done, and why: the reason is kept with what was done. */
export function ReasonDialog(props: {
  readonly title: string;
  /** What will come of it. */
  readonly lead: string;
  readonly question: string;
  readonly action: string;
  readonly keep: string;
  readonly tone?: Tone;
  readonly icon: IconName;
  /** False while something besides the reason is missing. */
  readonly ready?: boolean;
  /** Where it is sent, with the reason and what `body` adds to it. */
  readonly path: string;
  readonly body?: object;
  readonly done?: () => unknown;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const [reason, setReason] = useState('');
  // A second press after a lost answer finds the first one.
  const [keyOf] = useState(repeatKeys);
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p class="dialog-lead">{props.lead}</p>
      {props.children}
      <ReasonField question={props.question} rows={3} value={reason} onInput={setReason} />
      <div class="dialog-actions">
        <ActionButton
          tone={props.tone ?? 'primary'}
          icon={props.icon}
          disabled={reason.trim() === '' || props.ready === false}
          act={async () => {
            const body = { ...props.body, reason: reason.trim() };
            await post(props.path, body, { idempotencyKey: keyOf(body) });
            props.done?.();
            props.onClose();
          }}
        >
          {props.action}
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={props.onClose}>
          {props.keep}
        </button>
      </div>
    </Dialog>
  );
}
