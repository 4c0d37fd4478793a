import { useId } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { anything, isAnything, type SagaFilter, type Since, sinceWords, statuses } from './saga-filter.ts';
import type { SagaKind } from './saga-kinds.ts';
import { statusWords } from './saga-words.ts';

type Change = (part: Partial<SagaFilter>) => void;

/** What to look for. It looks while a person types; nothing has to be sent. */
export function SagaSearch(props: { filter: SagaFilter; kinds: readonly SagaKind[]; change: Change }) {
  const { filter, kinds, change } = props;
  return (
    <search>
      <form class="saga-search card" onSubmit={(event) => event.preventDefault()}>
        <Text
          label="Words"
          placeholder="place, robot, article, truck"
          value={filter.text}
          onChange={(text) => change({ text })}
        />
        <Text
          label="Order number"
          placeholder="as it begins"
          value={filter.order}
          onChange={(order) => change({ order })}
        />
        <Choice
          label="Procedure"
          all="Any"
          value={filter.name}
          options={kinds.map(({ name, title }) => [name, title])}
          onChange={(name) => change({ name })}
        />
        <Choice
          label="State"
          all="Any"
          value={filter.status}
          options={statuses.map((status) => [status, statusWords[status].word])}
          onChange={(status) => change({ status: statuses.find((one) => one === status) ?? '' })}
        />
        <Choice
          label="Begun"
          all="At any time"
          value={filter.since}
          options={Object.entries(sinceWords)}
          onChange={(since) => change({ since: since as Since | '', day: '' })}
        />
        {filter.since === 'day' ? <Day value={filter.day} onChange={(day) => change({ day })} /> : null}
        {isAnything(filter) ? null : (
          <button type="button" class="button button-ghost" onClick={() => change(anything)}>
            <Icon name="cross" />
            <span>Clear</span>
          </button>
        )}
      </form>
    </search>
  );
}

function Text(props: {
  label: string;
  value: string;
  placeholder: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="search"
        maxLength={64}
        placeholder={props.placeholder}
        value={props.value}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </div>
  );
}

function Day({ value, onChange }: { value: string; onChange: (day: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Day</label>
      <input id={id} type="date" value={value} onInput={(event) => onChange(event.currentTarget.value)} />
    </div>
  );
}

function Choice(props: {
  label: string;
  all: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        <option value="">{props.all}</option>
        {props.options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
