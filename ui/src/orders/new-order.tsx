import { useId, useState } from 'preact/hooks';
import type { Floor, OrderSummary } from '#contracts/api.ts';
import { post } from '../data/http.ts';
import type { Failure } from '../data/problem.ts';
import { repeatKeys } from '../data/repeat-key.ts';
import { toFailure } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Dialog } from '../parts/dialog.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { goTo } from '../router.ts';
import { type Draft, type DraftLine, draftOrder, emptyLine, orderIdFor } from './draft.ts';

const LINES_MAX = 20;

export function NewOrder({ onClose }: { onClose: () => void }) {
  const { resource } = useResource<Floor>('/floor');
  const places = resource.state === 'ready' ? resource.value.places : [];
  const destinations = places.filter((place) => place.kind === 'packing').map((place) => place.id);
  const [draft, setDraft] = useState<Draft>(() => ({
    orderId: orderIdFor(new Date(), crypto.getRandomValues(new Uint8Array(3))),
    destination: '',
    priority: 5,
    lines: [emptyLine(0)],
  }));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [repeatKey] = useState(repeatKeys);
  const id = useId();
  const destination = draft.destination === '' ? (destinations[0] ?? '') : draft.destination;
  const order = draftOrder({ ...draft, destination });
  const submit = async (event: Event) => {
    event.preventDefault();
    if (order === null) return;
    setBusy(true);
    setFailure(null);
    try {
      const made = await post<OrderSummary>('/orders', order, { idempotencyKey: repeatKey(order) });
      onClose();
      goTo('orders', made.orderId);
    } catch (error) {
      setFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  };
  const changeLine = (key: number, change: Partial<DraftLine>) =>
    setDraft({
      ...draft,
      lines: draft.lines.map((line) => (line.key === key ? { ...line, ...change } : line)),
    });
  return (
    <Dialog title="New order" onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {draft.lines.map((line, index) => (
          <LineFields
            key={line.key}
            line={line}
            name={`${id}-${line.key}`}
            wrong={fieldOf(failure)?.startsWith(`/lines/${index}`) === true}
            onChange={(change) => changeLine(line.key, change)}
            onRemove={
              draft.lines.length === 1
                ? null
                : () => setDraft({ ...draft, lines: draft.lines.filter((row) => row.key !== line.key) })
            }
          />
        ))}
        {draft.lines.length < LINES_MAX ? (
          <button
            type="button"
            class="button button-ghost"
            onClick={() => setDraft({ ...draft, lines: [...draft.lines, emptyLine(nextKey(draft))] })}
          >
            <Icon name="plus" />
            <span>Another article</span>
          </button>
        ) : null}
        <div class="field">
          <label for={`${id}-to`}>Destination</label>
          {destinations.length === 0 ? (
            <input
              id={`${id}-to`}
              required
              value={destination}
              onInput={(event) => setDraft({ ...draft, destination: event.currentTarget.value })}
            />
          ) : (
            <select
              id={`${id}-to`}
              value={destination}
              onChange={(event) => setDraft({ ...draft, destination: event.currentTarget.value })}
            >
              {destinations.map((place) => (
                <option key={place} value={place}>
                  {place}
                </option>
              ))}
            </select>
          )}
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={draft.priority < 5}
            onChange={(event) => setDraft({ ...draft, priority: event.currentTarget.checked ? 1 : 5 })}
          />
          <span>Urgent: before all usual orders</span>
        </label>
        <p class="soft small">
          It will be order <b>{draft.orderId}</b>.
        </p>
        {failure === null ? null : <FailureNote failure={failure} />}
        <div class="dialog-actions">
          <button type="submit" class="button button-primary button-wide" disabled={busy || !isLive.value}>
            {busy ? 'Sending…' : 'Make this order'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function LineFields(props: {
  readonly line: DraftLine;
  readonly name: string;
  readonly wrong: boolean;
  readonly onChange: (change: Partial<DraftLine>) => void;
  readonly onRemove: (() => void) | null;
}) {
  const { line, name } = props;
  const step = (by: number) =>
    props.onChange({ quantity: String(Math.max(1, (Number(line.quantity) || 0) + by)) });
  return (
    <fieldset class="line-fields">
      <legend class="visually-hidden">Article</legend>
      <div class="field field-grow">
        <label for={`${name}-sku`}>Article number (SKU)</label>
        <input
          id={`${name}-sku`}
          name="sku"
          required
          maxLength={64}
          pattern=".*\S.*"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-invalid={props.wrong}
          value={line.sku}
          onInput={(event) => props.onChange({ sku: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for={`${name}-quantity`}>Quantity</label>
        <div class="stepper">
          <button
            type="button"
            class="button button-neutral button-square"
            aria-label="One less"
            onClick={() => step(-1)}
          >
            −
          </button>
          <input
            id={`${name}-quantity`}
            name="quantity"
            class="number"
            inputMode="numeric"
            pattern="[1-9][0-9]*"
            required
            aria-invalid={props.wrong}
            value={line.quantity}
            onInput={(event) => props.onChange({ quantity: event.currentTarget.value })}
          />
          <button
            type="button"
            class="button button-neutral button-square"
            aria-label="One more"
            onClick={() => step(1)}
          >
            <Icon name="plus" />
          </button>
        </div>
      </div>
      {props.onRemove === null ? null : (
        <button
          type="button"
          class="button button-ghost button-square"
          aria-label="Take this article off"
          onClick={props.onRemove}
        >
          <Icon name="cross" />
        </button>
      )}
    </fieldset>
  );
}

const fieldOf = (failure: Failure | null): string | undefined =>
  failure?.kind === 'problem' ? failure.problem.field : undefined;

const nextKey = (draft: Draft): number => Math.max(...draft.lines.map((line) => line.key)) + 1;
