import type { TSchema } from 'typebox';
import type { DecisionButton, TaskPeople } from '#contracts/sagas.ts';
import type { JsonSchema } from './json-schema.ts';
import { type Known, knownOf } from './known.ts';
import { type Arg, toData } from './refs.ts';
import type { Route } from './routes.ts';

export type Buttons<I, S, D extends string> = Readonly<
  Record<D, Omit<DecisionButton, 'id'> & { readonly leads: Route<I, S> }>
>;

/** Who is asked, and what a person is shown beside the text. */
export type PeopleOptions = Omit<TaskPeople, 'form' | 'zone' | 'image' | 'suggestion'> & {
  readonly zone?: Arg<string>;
  readonly image?: Arg<string>;
  readonly suggestion?: Arg<unknown>;
};

/** What a task and a model's question have in common. */
export interface AskOptions<I, S, F extends TSchema> {
  readonly title: string;
  readonly text: (known: Known<I, S>) => Arg<string>;
  readonly context?: (known: Known<I, S>) => Readonly<Record<string, Arg<unknown>>>;
  readonly dueMs?: number;
  readonly onDue?: Route<I, S>;
  readonly people?: (known: Known<I, S>) => PeopleOptions;
  /** What a person fills in; the answers are the output's `form`. */
  readonly form?: F;
}

export function askData<I, S, F extends TSchema>(options: AskOptions<I, S, F>) {
  const known = knownOf<I, S>();
  const { form } = options;
  const people = { ...options.people?.(known), ...(form === undefined ? {} : { form }) };
  return {
    title: options.title,
    text: toData(options.text(known)),
    context: Object.entries(options.context?.(known) ?? {}).map(([label, value]) => ({
      label,
      value: toData(value),
    })),
    dueMs: options.dueMs ?? null,
    onDue: null as string | null,
    ...(options.people === undefined && form === undefined
      ? {}
      : { people: toData(people) as unknown as TaskPeople }),
  };
}

/** The buttons as data; where each leads is filled in by the sheet. */
export const buttonsData = (buttons: Readonly<Record<string, Omit<DecisionButton, 'id'>>>) =>
  Object.entries(buttons).map(([id, { label, tone, needsNote }]) => ({
    id,
    label,
    tone,
    needsNote,
    next: '',
  }));

/** A TypeBox schema as a definition keeps it: nothing but what JSON can say. */
export function schemaData(schema: TSchema): JsonSchema {
  let data = written.get(schema);
  if (data === undefined) {
    data = toData(schema) as JsonSchema;
    written.set(schema, data);
  }
  return data;
}
/** One object for each schema, so that it is compiled once, however often definitions are built with it. */
const written = new WeakMap<TSchema, JsonSchema>();
