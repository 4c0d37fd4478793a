/** Something that the site said yes to. From then on it may not be lost. */
export type Acknowledged =
  | { readonly what: 'started'; readonly sagaId: string }
  | { readonly what: 'signal'; readonly sagaId: string; readonly id: string; readonly name: string }
  | { readonly what: 'cancelled'; readonly sagaId: string }
  | { readonly what: 'decided'; readonly taskId: string; readonly by: string; readonly decision: string };

/** What the world outside was told, in order; it outlives every crash. */
export interface Ledger {
  readonly entries: readonly Acknowledged[];
  add(entry: Acknowledged): void;
}

export function createLedger(): Ledger {
  const entries: Acknowledged[] = [];
  return { entries, add: (entry) => void entries.push(entry) };
}
