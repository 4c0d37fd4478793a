/** A saga that another one begins: its name, and the types of what goes in and comes out. */
export interface SagaRef<in I = never, out O = unknown> {
  readonly name: string;
  /** Never set: they carry the types. */
  readonly input?: (input: I) => void;
  readonly output?: () => O;
}

export const sagaNamed = <I, O>(name: string): SagaRef<I, O> => ({ name });
