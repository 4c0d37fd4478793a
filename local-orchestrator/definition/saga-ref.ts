import type { SagaDefinition } from '#contracts/sagas.ts';

declare const takes: unique symbol;
declare const gives: unique symbol;
/** A saga that another one begins: its name, and the types of what goes in and comes out, which are never set. */
export interface SagaRef<I = never, O = unknown> {
  readonly name: string;
  // A method: `never`, by which builders of any input are told from something else, fits every input.
  [takes]?(input: I): void;
  readonly [gives]?: () => O;
}

/** A definition that the builder has made: plain data, and by its type what may stand as a child. */
export type BuiltSaga<I, O> = SagaDefinition & SagaRef<I, O>;

/**
 * A saga that is not in reach as code, such as one of the site's YAML. What goes in and comes out is a claim here; the
 * start compares the input with its schema. For one that is in reach, give `child` the saga itself.
 */
export const sagaNamed = <I, O>(name: string): SagaRef<I, O> => ({ name });
