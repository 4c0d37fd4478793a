import type { SagaSummary } from '#contracts/saga-api.ts';
import { dayBounds } from './site-day.ts';

/** What is looked for, as a person typed it; empty is not asked for. It is kept in the address. */
export interface SagaFilter {
  readonly text: string;
  readonly order: string;
  readonly name: string;
  readonly status: SagaSummary['status'] | '';
  readonly since: Since | '';
  /** A day of the site, as YYYY-MM-DD; counts when `since` is "day". */
  readonly day: string;
}

export const statuses = ['running', 'compensating', 'completed', 'compensated', 'cancelled'] as const;
export const spans = { hour: 3_600_000, day24: 86_400_000, week: 7 * 86_400_000 } as const;
export type Since = keyof typeof spans | 'day';

export const anything: SagaFilter = { text: '', order: '', name: '', status: '', since: '', day: '' };

export const sinceWords: Readonly<Record<Since, string>> = {
  hour: 'In the last hour',
  day24: 'In the last 24 hours',
  week: 'In the last 7 days',
  day: 'On a day…',
};

/** From the address; what makes no sense there is left out. */
export function readFilter(query: string): SagaFilter {
  const given = new URLSearchParams(query);
  const text = (name: string) => given.get(name) ?? '';
  return {
    text: text('text'),
    order: text('order'),
    name: text('name'),
    status: statuses.find((status) => status === text('status')) ?? '',
    since: (Object.keys(sinceWords) as Since[]).find((since) => since === text('since')) ?? '',
    day: /^\d{4}-\d\d-\d\d$/.test(text('day')) ? text('day') : '',
  };
}

export const writeFilter = (filter: SagaFilter): string =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')).toString();

export const isAnything = (filter: SagaFilter): boolean => writeFilter(filter) === '';

export const PAGE_COUNT = 50;

/** The same as a question to the appliance. */
export function searchPath(
  filter: SagaFilter,
  after: string | null,
  nowMs: number,
  timeZone: string,
): string {
  const { text, order, name, status } = filter;
  const wanted = {
    text: text.trim(),
    correlation: order.trim(),
    name,
    status,
    ...timeOf(filter, nowMs, timeZone),
  };
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''));
  query.set('limit', String(PAGE_COUNT));
  if (after !== null) query.set('after', after);
  return `/sagas?${query}`;
}

function timeOf({ since, day }: SagaFilter, nowMs: number, timeZone: string): { from?: string; to?: string } {
  if (since === '') return {};
  if (since !== 'day') return { from: new Date(nowMs - spans[since]).toISOString() };
  if (day === '') return {};
  const { fromMs, toMs } = dayBounds(day, timeZone);
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}
