import { useMemo, useState } from 'preact/hooks';
import type { DeadLetter } from '#contracts/dead-letters.ts';
import type { Json } from '#contracts/sagas.ts';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { useForm } from '../forms/use-form.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { ReasonField } from '../parts/reason-field.tsx';
import { Changes } from './changes.tsx';
import { InputForm, inputField } from './input-form.tsx';
import { changedLines } from './input-lines.ts';

/** Lets one piece go on, with a reason, and with another input if need be. */
export function RedriveForm(props: { letter: DeadLetter; mayEdit: boolean; onDone: () => void }) {
  const { letter, mayEdit, onDone } = props;
  const before = letter.input as Json;
  const [isEditing, setEditing] = useState(false);
  const [reason, setReason] = useState('');
  const form = useForm(
    useMemo(() => inputField(before), [letter.taskId]),
    before,
  );
  const keys = useMemo(repeatKeys, []);
  const send = async () => {
    const { value, problems } = isEditing ? form.read() : { value: undefined, problems: [] };
    if (problems.length > 0) return;
    // Untouched it goes as it was, whatever the controls made of it.
    const body = { reason: reason.trim(), ...(isEditing && form.isTouched ? { input: value } : {}) };
    await post(`/dead-letters/${encodeURIComponent(letter.taskId)}/redrive`, body, {
      idempotencyKey: keys(body),
    });
    onDone();
  };
  return (
    <div class="form">
      {mayEdit ? (
        <label class="check">
          <input
            type="checkbox"
            checked={isEditing}
            onChange={(event) => setEditing(event.currentTarget.checked)}
          />
          <span>Change first what it is given</span>
        </label>
      ) : null}
      {isEditing ? <InputForm form={form} /> : null}
      {isEditing && form.isTouched ? <Changes changes={changesOf(before, form)} /> : null}
      <ReasonField question="Why? It is kept with who did it." rows={2} value={reason} onInput={setReason} />
      <div class="button-row">
        <ActionButton tone="primary" icon="retry" disabled={reason.trim() === ''} act={send}>
          Let it go on
        </ActionButton>
      </div>
    </div>
  );
}

/** What would change, while everything that was written can be read. */
function changesOf(before: Json, form: ReturnType<typeof useForm>) {
  const { value, problems } = form.peek();
  return problems.length > 0 || value === undefined ? [] : changedLines(before, value);
}
