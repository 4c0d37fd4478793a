import { useId } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { type Draft, draftOf, escaped, type FieldProblem } from './draft.ts';
import type { ChoiceField, Field, GroupField, ListField } from './field.ts';

interface FieldProps<F extends Field = Field> {
  readonly field: F;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly problems: readonly FieldProblem[];
  readonly pointer: string;
}

/** More options than these are chosen from a list instead of by buttons. */
const BUTTONS_MAX = 5;

/** Controls for a field and all within it; a problem stands at the control it is about. */
export function FormFields({ pointer = '', ...props }: Omit<FieldProps, 'pointer'> & { pointer?: string }) {
  const { field } = props;
  switch (field.kind) {
    case 'group':
      return <Group {...props} field={field} pointer={pointer} />;
    case 'list':
      return <List {...props} field={field} pointer={pointer} />;
    case 'flag':
      return (
        <Choice
          {...props}
          pointer={pointer}
          field={field}
          options={[
            { id: 'yes', words: 'Yes' },
            { id: 'no', words: 'No' },
          ]}
        />
      );
    case 'choice':
      return <ChoiceOf {...props} field={field} pointer={pointer} />;
    default:
      return <Line {...props} pointer={pointer} />;
  }
}

function Group({ field, draft, onChange, problems, pointer }: FieldProps<GroupField>) {
  const known = (typeof draft === 'object' && !Array.isArray(draft) ? draft : {}) as Record<string, Draft>;
  const fields = field.fields.map((one) => (
    <FormFields
      key={one.name}
      field={one}
      draft={known[one.name] ?? ''}
      onChange={(next) => onChange({ ...known, [one.name]: next })}
      problems={problems}
      pointer={`${pointer}/${escaped(one.name)}`}
    />
  ));
  if (field.label === '') return <div class="form-group">{fields}</div>;
  return (
    <fieldset class="form-group form-group-named">
      <legend>{field.label}</legend>
      {field.hint === null ? null : <p class="soft small">{field.hint}</p>}
      {fields}
    </fieldset>
  );
}

function List({ field, draft, onChange, problems, pointer }: FieldProps<ListField>) {
  const rows = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const put = (index: number, next: Draft) => onChange(rows.with(index, next));
  return (
    <fieldset class="form-list">
      <legend>{field.label}</legend>
      {field.hint === null ? null : <p class="soft small">{field.hint}</p>}
      <ol>
        {rows.map((row, index) => (
          // Rows have no identity of their own, and all they show is in the draft.
          <li key={index} class="form-row">
            <FormFields
              field={field.item}
              draft={row}
              onChange={(next) => put(index, next)}
              problems={problems}
              pointer={`${pointer}/${index}`}
            />
            <button
              type="button"
              class="button button-ghost button-square"
              aria-label={`Remove row ${index + 1}`}
              disabled={rows.length <= field.countMin}
              onClick={() => onChange(rows.filter((_, at) => at !== index))}
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
      </ol>
      <Problem problems={problems} pointer={pointer} />
      <button
        type="button"
        class="button button-neutral"
        disabled={rows.length >= field.countMax}
        onClick={() => onChange([...rows, draftOf(field.item)])}
      >
        <Icon name="plus" />
        <span>One more row</span>
      </button>
    </fieldset>
  );
}

function ChoiceOf(props: FieldProps<ChoiceField>) {
  const { field, draft, onChange, problems, pointer } = props;
  const id = useId();
  const options = field.options.map(({ words }, index) => ({ id: String(index), words }));
  if (options.length <= BUTTONS_MAX) return <Choice {...props} options={options} />;
  const problem = problemAt(problems, pointer);
  return (
    <div class="field">
      <label for={id}>{labelOf(field)}</label>
      <select
        id={id}
        value={String(draft)}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">{field.required ? 'Choose one' : 'None'}</option>
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.words}
          </option>
        ))}
      </select>
      <Problem id={`${id}-problem`} problems={problems} pointer={pointer} />
    </div>
  );
}

/** A few answers as big buttons of which one is pressed. */
function Choice(props: FieldProps & { readonly options: readonly { id: string; words: string }[] }) {
  const { field, draft, onChange, problems, pointer, options } = props;
  const name = useId();
  const shown = field.required ? options : [{ id: '', words: 'Leave it open' }, ...options];
  return (
    <fieldset class="field" aria-describedby={`${name}-problem`}>
      <legend>{labelOf(field)}</legend>
      {field.hint === null ? null : <p class="soft small">{field.hint}</p>}
      <div class="choices">
        {shown.map((option) => (
          <label key={option.id} class="choice">
            <input
              type="radio"
              name={name}
              checked={draft === option.id}
              onChange={() => onChange(option.id)}
            />
            <span>{option.words}</span>
          </label>
        ))}
      </div>
      <Problem id={`${name}-problem`} problems={problems} pointer={pointer} />
    </fieldset>
  );
}

/** From so many characters on a text gets more than one line. */
const LONG_CHARS = 200;

function Line({ field, draft, onChange, problems, pointer }: FieldProps) {
  const id = useId();
  const problem = problemAt(problems, pointer);
  const isNumber = field.kind === 'number';
  const isLong = field.kind === 'json' || (field.kind === 'text' && field.charsMax > LONG_CHARS);
  const common = {
    id,
    value: typeof draft === 'string' ? draft : '',
    'aria-invalid': problem !== null,
    'aria-describedby': `${id}-hint ${id}-problem`,
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onChange(event.currentTarget.value),
  };
  return (
    <div class={isNumber ? 'field field-number' : 'field'}>
      <label for={id}>{labelOf(field)}</label>
      {isLong ? (
        <textarea {...common} rows={field.kind === 'json' ? 6 : 2} spellcheck={field.kind !== 'json'} />
      ) : (
        <input {...common} type="text" inputMode={isNumber ? modeOf(field) : 'text'} autocomplete="off" />
      )}
      <p id={`${id}-hint`} class="soft small field-hint">
        {hintOf(field)}
      </p>
      <Problem id={`${id}-problem`} problems={problems} pointer={pointer} />
    </div>
  );
}

const modeOf = (field: Field & { kind: 'number' }) => (field.isWhole ? 'numeric' : 'decimal');

function hintOf(field: Field): string {
  if (field.hint !== null || field.kind !== 'number') return field.hint ?? '';
  const { min, max } = field;
  // Limits that nobody meets are no help.
  if (min === null || max === null || max >= 1_000_000) return '';
  return `${min} to ${max}`;
}

function Problem(props: { id?: string; problems: readonly FieldProblem[]; pointer: string }) {
  const problem = problemAt(props.problems, props.pointer);
  return (
    <p class="field-error" id={props.id} role="alert">
      {problem}
    </p>
  );
}

const problemAt = (problems: readonly FieldProblem[], pointer: string): string | null =>
  problems.find((one) => one.pointer === pointer)?.problem ?? null;

const labelOf = ({ label, required }: Field): string => {
  const words = label === '' ? 'Value' : label;
  return required ? words : `${words} (may stay empty)`;
};
