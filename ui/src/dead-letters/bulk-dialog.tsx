import { useMemo, useState } from 'preact/hooks';
import type { DeadLetter, DeadLetterFilter, RedriveMany, RedrivePlanned } from '#contracts/dead-letters.ts';
import type { Json } from '#contracts/sagas.ts';
import { post } from '../data/http.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { isObject } from '../forms/field.ts';
import { useForm } from '../forms/use-form.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { ReasonField } from '../parts/reason-field.tsx';
import { plural } from '../parts/words.ts';
import { filterWords } from './cause-words.ts';
import { InputForm, patchField } from './input-form.tsx';
import { PlanList } from './plan-list.tsx';

/** Most letters of one re-drive (`REDRIVE_COUNT_MAX` of the contract). */
const COUNT_MAX = 1_000;

type Order = Omit<RedriveMany, 'dryRun'>;

/** Lets many go on at once. Nothing is done before it was shown what would be done. */
export function BulkDialog(props: {
  readonly letters: readonly DeadLetter[];
  readonly filter: DeadLetterFilter;
  readonly onClose: () => void;
  readonly onBegun: () => void;
}) {
  const [plan, setPlan] = useState<{ order: Order; planned: readonly RedrivePlanned[] } | null>(null);
  const keys = useMemo(repeatKeys, []);
  const look = async (order: Order) => {
    const answer = await post<{ planned: RedrivePlanned[] }>('/redrives', { ...order, dryRun: true });
    setPlan({ order, planned: answer.planned });
  };
  const begin = async ({ order }: { order: Order }) => {
    const body = { ...order, dryRun: false };
    await post('/redrives', body, { idempotencyKey: keys(body) });
    props.onBegun();
    props.onClose();
  };
  const count = plan?.planned.filter(({ problem }) => problem === null).length ?? 0;
  return (
    <Dialog title="Let stuck work go on" onClose={props.onClose}>
      <p class="dialog-lead">What is chosen: {filterWords(props.filter)}.</p>
      <div hidden={plan !== null}>
        <OrderForm letters={props.letters} filter={props.filter} look={look} onClose={props.onClose} />
      </div>
      {plan === null ? null : (
        <>
          <PlanList
            planned={plan.planned}
            titleOf={({ taskId, step }) =>
              props.letters.find((letter) => letter.taskId === taskId)?.title ?? step
            }
          />
          <div class="dialog-actions">
            <ActionButton tone="primary" icon="retry" disabled={count === 0} act={() => begin(plan)}>
              Do it: {plural(count, 'piece')}
            </ActionButton>
            <button type="button" class="button button-neutral" onClick={() => setPlan(null)}>
              Back
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function OrderForm(props: {
  letters: readonly DeadLetter[];
  filter: DeadLetterFilter;
  look: (order: Order) => Promise<void>;
  onClose: () => void;
}) {
  const { letters, filter } = props;
  const [reason, setReason] = useState('');
  const [isEditing, setEditing] = useState(false);
  // The list may change under the dialog; the form stays as it was begun.
  const field = useMemo(
    () =>
      patchField(
        letters.map(({ input }) => input as Json),
        letters.map(({ activity }) => activity),
      ),
    [],
  );
  const form = useForm(field);
  const look = async () => {
    const { value, problems } = isEditing ? form.read() : { value: undefined, problems: [] };
    if (problems.length > 0) return;
    await props.look({
      reason: reason.trim(),
      filter,
      ...(Object.keys(filter).length === 0 ? { all: true as const } : {}),
      countMax: Math.min(Math.max(letters.length, 1), COUNT_MAX),
      ...(isObject(value) ? { patch: value } : {}),
    });
  };
  return (
    <div class="form">
      <label class="check">
        <input
          type="checkbox"
          checked={isEditing}
          onChange={(event) => setEditing(event.currentTarget.checked)}
        />
        <span>Change first what they are given; what is left empty stays as it is</span>
      </label>
      {isEditing ? <InputForm form={form} /> : null}
      <ReasonField question="Why? It is kept with who did it." rows={2} value={reason} onInput={setReason} />
      <div class="dialog-actions">
        <ActionButton tone="primary" icon="search" disabled={reason.trim() === ''} act={look}>
          Show what would be done
        </ActionButton>
        <button type="button" class="button button-neutral" onClick={props.onClose}>
          Back
        </button>
      </div>
    </div>
  );
}
