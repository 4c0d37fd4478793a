import type { Floor } from '#contracts/api.ts';
import type { Json } from '#contracts/sagas.ts';
import type { WorkKind } from '#contracts/work.ts';
import { type ChoiceField, type Field, fieldOfSchema } from '../forms/field.ts';

/** What of the site a field can be chosen from. */
export interface Known {
  readonly places: Floor['places'];
  readonly robots: readonly string[];
}

interface Name {
  readonly label: string;
  readonly options?: (known: Known) => ChoiceField['options'];
}

const placesOf =
  (...kinds: readonly string[]) =>
  ({ places }: Known) =>
    plain(places.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id));
const plain = (ids: readonly string[]) => ids.map((id) => ({ value: id, words: id }));

/** Entries of the shipped sagas in words, and what they are chosen from. Others are asked for by their own names. */
const names: Readonly<Record<string, Name>> = {
  'putaway/sku': { label: 'Article' },
  'putaway/quantity': { label: 'Pieces' },
  'putaway/from': { label: 'Where it stands', options: placesOf('receiving') },
  'putaway/priority': { label: 'Urgency' },
  'replenish/place': { label: 'Rack', options: placesOf('rack') },
  'cycle-count/place': { label: 'Rack or reserve', options: placesOf('rack', 'reserve') },
  'robot-recovery/robotId': { label: 'Robot', options: ({ robots }) => plain(robots) },
  'robot-recovery/trouble': {
    label: 'What is wrong with it',
    options: () => [
      { value: 'lost', words: 'It is lost' },
      { value: 'fault', words: 'It has a fault' },
      { value: 'stuck', words: 'It is stuck' },
      { value: 'flat', words: 'Its battery is flat' },
    ],
  },
};

/** The form of a kind of work. What is not known of the site is typed instead of chosen. */
export function workField({ saga, input }: WorkKind, known: Known): Field {
  const field = fieldOfSchema((input ?? { type: 'object', properties: {} }) as Record<string, Json>);
  if (field.kind !== 'group') return field;
  return { ...field, hint: null, fields: field.fields.map((one) => named(saga, one, known)) };
}

function named(saga: string, field: Field, known: Known): Field {
  const name = names[`${saga}/${field.name}`];
  if (name === undefined) return field;
  const options = name.options?.(known) ?? [];
  if (options.length === 0) return { ...field, label: name.label };
  const { hint, required } = field;
  return { kind: 'choice', name: field.name, label: name.label, hint, required, options };
}
