import type { Json } from '#contracts/sagas.ts';
import { asChanges, type Field, fieldOfValue, isObject } from '../forms/field.ts';
import { FormFields } from '../forms/form-fields.tsx';
import type { Form } from '../forms/use-form.ts';

/** The input of one piece of work, as it was, to be changed. */
export const inputField = (input: Json): Field => fieldOfValue(input);

const asJson: Field = {
  kind: 'json',
  name: '',
  label: 'Entries to change, as JSON (merge patch)',
  hint: 'Such as {"args": {"speed": 0.4}}. null takes an entry away.',
  required: false,
};

/**
 * What may be changed in the inputs of many: the entries that all of them have, all empty. When they are of
 * different work only a patch in JSON can say it.
 */
export function patchField(inputs: readonly Json[], activities: readonly string[]): Field {
  const [first] = inputs;
  const areAlike = new Set(activities).size === 1;
  return areAlike && isObject(first) ? asChanges(fieldOfValue(first)) : asJson;
}

export function InputForm({ form }: { form: Form }) {
  return (
    <div class="form input-form">
      <FormFields field={form.field} draft={form.draft} onChange={form.change} problems={form.problems} />
    </div>
  );
}
