import type { WorkOrder } from '#contracts/events/order.ts';

/** What an order looks like to the risk model; the names are shown to people. */
export const featureNames = [
  'lines',
  'pieces',
  'largest quantity',
  'urgency',
  'night shift',
  'trouble with its articles so far',
  'articles never seen',
] as const;

/** How often an order with an article needed a person. */
export type ArticleRates = ReadonlyMap<string, { readonly orders: number; readonly exceptions: number }>;

/** Orders of weight that an article without history counts as. */
const PRIOR_ORDERS = 5;
const NIGHT_FROM_HOUR = 22;
const NIGHT_TO_HOUR = 6;

/** Numbers in the order of `featureNames`. `hour`: local hour of acceptance, 0 to 23. */
export function featuresOf(order: WorkOrder, hour: number, rates: ArticleRates, baseRate: number): number[] {
  const quantities = order.lines.map(({ quantity }) => quantity);
  const known = order.lines.map(({ sku }) => rates.get(sku));
  const troubles = known.map(
    (rate) => ((rate?.exceptions ?? 0) + baseRate * PRIOR_ORDERS) / ((rate?.orders ?? 0) + PRIOR_ORDERS),
  );
  return [
    order.lines.length,
    quantities.reduce((sum, one) => sum + one, 0),
    Math.max(...quantities),
    9 - order.priority,
    hour >= NIGHT_FROM_HOUR || hour < NIGHT_TO_HOUR ? 1 : 0,
    Math.max(...troubles),
    known.filter((rate) => rate === undefined).length,
  ];
}
