import type { WorkOrder } from '#contracts/events/order.ts';

/** An order while a person still types it. */
export interface Draft {
  readonly orderId: string;
  readonly destination: string;
  readonly priority: number;
  readonly lines: readonly DraftLine[];
}
export interface DraftLine {
  /** Stays with the line while others come and go. */
  readonly key: number;
  readonly sku: string;
  readonly quantity: string;
}

export const emptyLine = (key: number): DraftLine => ({ key, sku: '', quantity: '1' });

/** The order as the appliance wants it, or null while something is missing. The appliance judges the rest. */
export function draftOrder(draft: Draft): WorkOrder | null {
  const lines = draft.lines.map((line, index) => ({
    line: index + 1,
    sku: line.sku.trim(),
    quantity: /^[1-9]\d*$/.test(line.quantity.trim()) ? Number(line.quantity) : 0,
  }));
  if (draft.destination === '' || lines.some((line) => line.sku === '' || line.quantity === 0)) return null;
  return {
    orderId: draft.orderId,
    kind: 'pick',
    priority: draft.priority,
    destination: draft.destination,
    lines,
  };
}

/** A short id that can be read out over a radio: the day, then letters and digits that do not look alike. */
export function orderIdFor(now: Date, chance: Uint8Array): string {
  const day = now.toISOString().slice(2, 10).replaceAll('-', '');
  const signs = 'ACDEFHJKLMNPRTUVWXY34679';
  const bits = chance.reduce((sum, byte) => sum * 256 + byte, 0);
  const tail = Array.from(
    { length: 4 },
    (_, place) => signs[Math.floor(bits / signs.length ** place) % signs.length],
  );
  return `MAN-${day}-${tail.join('')}`;
}
