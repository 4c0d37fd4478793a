import { createHash } from 'node:crypto';
import { Default, Errors } from 'typebox/value';
import { ApplianceError } from '#contracts/errors.ts';
import { WorkOrder } from '#contracts/events/order.ts';

export interface OrderRules {
  readonly defaultDestination: string;
  readonly destinations: ReadonlySet<string>;
  readonly serviceSkus: ReadonlySet<string>;
  readonly unknownSku: 'refuse' | 'accept';
  readonly knowsSku: (sku: string) => boolean;
}

const invalid = (field: string, problem: string, cure: string) =>
  new ApplianceError('INT_INVALID', { field, problem, cure });

/**
 * Checks what claims to be a work order and gives it back complete.
 *
 * Errors: INT_INVALID, naming the field and the cure.
 */
export function checkWorkOrder(input: unknown, rules: OrderRules): WorkOrder {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    throw invalid(
      'body',
      'an order is an object',
      'Send {"orderId": …, "lines": [{"sku": …, "quantity": …}]}.',
    );
  }
  const order: unknown = Default(WorkOrder, {
    kind: 'pick',
    destination: rules.defaultDestination,
    ...input,
    ...numberedLines(input),
  });
  const [error] = Errors(WorkOrder, order).filter(({ keyword }) => keyword !== 'boolean');
  if (error !== undefined) throw invalid(...schemaProblem(error));
  return checkGoods(order as WorkOrder, rules);
}

/** Line numbers are the sender's if given, else the order of the lines. */
function numberedLines(input: object): { lines?: unknown } {
  const lines = (input as { lines?: unknown }).lines;
  if (!Array.isArray(lines)) return {};
  return {
    lines: lines.map((line: unknown, index) =>
      line !== null && typeof line === 'object' ? { line: index + 1, ...line } : line,
    ),
  };
}

function schemaProblem(error: ReturnType<typeof Errors>[number]): [string, string, string] {
  const at = error.instancePath.slice(1).replaceAll('/', '.') || 'body';
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'required') {
    const name = (params.requiredProperties as string[])[0] ?? '';
    return [at === 'body' ? name : `${at}.${name}`, 'is missing', `Add "${name}".`];
  }
  if (error.keyword === 'additionalProperties') {
    const name = (params.additionalProperties as string[])[0] ?? '';
    return [
      at === 'body' ? name : `${at}.${name}`,
      'is not known',
      'Leave it out; see /docs for the fields of an order.',
    ];
  }
  return [at, error.message, 'Compare it with the order schema at /docs.'];
}

function checkGoods(order: WorkOrder, rules: OrderRules): WorkOrder {
  if (!rules.destinations.has(order.destination)) {
    const known = [...rules.destinations].join(', ');
    throw invalid(
      'destination',
      `there is no packing place "${order.destination}"`,
      `Send one of: ${known}.`,
    );
  }
  const goods = order.lines.filter((line) => !rules.serviceSkus.has(line.sku));
  const leftOut = order.lines.filter((line) => rules.serviceSkus.has(line.sku)).map((line) => line.sku);
  if (goods.length === 0) {
    throw invalid(
      'lines',
      `nothing to pick: ${leftOut.join(', ')} are no goods`,
      'Settle it outside of the warehouse.',
    );
  }
  order.lines.forEach((line, index) => {
    if (rules.unknownSku === 'accept' || rules.serviceSkus.has(line.sku) || rules.knowsSku(line.sku)) return;
    throw invalid(
      `lines.${index}.sku`,
      `no place holds article "${line.sku}"`,
      'Add it to the stock of the site, or correct the order.',
    );
  });
  return { ...order, lines: goods, ...(leftOut.length > 0 ? { leftOut } : {}) };
}

/** Two orders with the same digest say the same. Keys are sorted so that their order does not matter. */
export function orderDigest(order: WorkOrder): string {
  return createHash('sha256').update(canonical(order)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
