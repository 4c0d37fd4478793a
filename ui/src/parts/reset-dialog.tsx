import type { Interlock } from '#contracts/api.ts';
import { post } from '../data/http.ts';
import { ActionButton } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import { causeWords } from './stop-words.ts';
import { protectedWords } from './words.ts';

/** A reset lets things move: it is asked for once more, in front of what will move. */
export function ResetDialog(props: { interlocks: readonly Interlock[]; onClose: () => void }) {
  const moving = [...new Set(props.interlocks.flatMap((interlock) => interlock.protects))];
  return (
    <Dialog title="Allow motion again?" onClose={props.onClose}>
      <p class="dialog-lead">
        After the reset {protectedWords(moving)} may move at once. Look: is everybody clear?
      </p>
      <p class="soft small">It was stopped by:</p>
      <ul class="reset-list soft">
        {props.interlocks.map((interlock) => (
          <li key={interlock.id}>{causeWords(interlock)}</li>
        ))}
      </ul>
      <div class="dialog-actions">
        <ActionButton
          tone="danger"
          icon="check"
          act={async () => {
            // One after the other: the first refusal ends it, and its words say which one is not ready.
            for (const interlock of props.interlocks) {
              await post(`/interlocks/${encodeURIComponent(interlock.id)}/reset`);
            }
            props.onClose();
          }}
        >
          Everybody is clear: reset
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={props.onClose}>
          Not yet
        </button>
      </div>
    </Dialog>
  );
}
