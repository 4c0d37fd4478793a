/** `action` is the step itself, `compensation` the amends for it. */
export type Role = 'action' | 'compensation';

/** Names one attempt at one work of one saga. Two attempts never share it. */
export interface WorkRef {
  readonly node: string;
  readonly visit: number;
  readonly role: Role;
  readonly attempt: number;
}

export const isSame = (one: WorkRef, other: WorkRef): boolean =>
  one.node === other.node &&
  one.visit === other.visit &&
  one.role === other.role &&
  one.attempt === other.attempt;
