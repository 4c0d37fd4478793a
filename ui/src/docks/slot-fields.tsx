import { useId } from 'preact/hooks';
import type { Dock } from '#contracts/docks.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { formatMoment, formatSpan } from '../format.ts';
import type { Offer } from './dock-day.ts';
import { choiceOf, type SlotChoice } from './slot-choice.ts';

const lengths: readonly number[] = [15, 30, 45, 60, 90, 120, 180, 240, 480];

/** When, how long and at which dock. */
export function SlotFields(props: {
  readonly choice: SlotChoice;
  readonly docks: readonly Dock[];
  readonly onChange: (choice: SlotChoice) => void;
}) {
  const { choice, docks, onChange } = props;
  const id = useId();
  const minutes = lengths.includes(choice.minutes)
    ? lengths
    : [...lengths, choice.minutes].toSorted((a, b) => a - b);
  return (
    <div class="form-group slot-fields">
      <div class="field">
        <label for={`${id}-from`}>From (time of the site)</label>
        <input
          id={`${id}-from`}
          type="datetime-local"
          value={choice.from}
          onInput={(event) => onChange({ ...choice, from: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for={`${id}-minutes`}>How long</label>
        <select
          id={`${id}-minutes`}
          value={String(choice.minutes)}
          onChange={(event) => onChange({ ...choice, minutes: Number(event.currentTarget.value) })}
        >
          {minutes.map((one) => (
            <option key={one} value={String(one)}>
              {formatSpan(one * 60_000)}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={`${id}-dock`}>Dock</label>
        <select
          id={`${id}-dock`}
          value={choice.dockId}
          onChange={(event) => onChange({ ...choice, dockId: event.currentTarget.value })}
        >
          <option value="">Any that is free</option>
          {docks.map(({ dockId, state }) => (
            <option key={dockId} value={dockId}>
              {state === 'out-of-order' ? `${dockId} (out of order)` : dockId}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** What can be had instead of a slot that is taken; a press fills it in. */
export function Offers(props: {
  readonly offers: readonly Offer[] | null;
  readonly choice: SlotChoice;
  readonly onChange: (choice: SlotChoice) => void;
}) {
  if (props.offers === null) return null;
  if (props.offers.length === 0)
    return <p role="alert">No dock is free for so long within the next seven days.</p>;
  return (
    <fieldset class="offers">
      <legend>Next free</legend>
      {props.offers.map(({ dockId, fromMs }) => (
        <button
          key={dockId}
          type="button"
          class="button button-neutral"
          onClick={() => props.onChange(choiceOf(dockId, fromMs, props.choice.minutes))}
        >
          {dockId} from {formatMoment(fromMs, nowMs.value, timeZone.value).replace(/:\d\d$/, '')}
        </button>
      ))}
    </fieldset>
  );
}
