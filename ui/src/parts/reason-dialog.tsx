import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ActionButton, type Tone } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import type { IconName } from './icon.tsx';

const REASON_MAX = 500;

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
  readonly act: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const [reason, setReason] = useState('');
  const id = useId();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <p class="dialog-lead">{props.lead}</p>
      {props.children}
      <div class="field">
        <label for={id}>{props.question}</label>
        <textarea
          id={id}
          maxLength={REASON_MAX}
          rows={3}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      <div class="dialog-actions">
        <ActionButton
          tone={props.tone ?? 'primary'}
          icon={props.icon}
          disabled={reason.trim() === '' || props.ready === false}
          act={async () => {
            await props.act(reason.trim());
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
