import type { Json } from '#contracts/sagas.ts';

/** A task is read at a glance; whoever needs more opens the order. */
const WORDS_LENGTH_MAX = 2_000;

/** A value for people: `3 × SKU-1, 2 × SKU-7` or `tote id: T-4; weight: 12`, never JSON. */
export function words(value: Json): string {
  const said = typeof value === 'string' ? value : saying(value);
  return said.length <= WORDS_LENGTH_MAX ? said : `${said.slice(0, WORDS_LENGTH_MAX - 1)}…`;
}

function saying(value: Json): string {
  if (value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(inList).join(', ');
  const members = Object.entries(value);
  return members.length === 0 ? '–' : (pieces(members) ?? listed(members));
}

const inList = (value: Json): string =>
  typeof value === 'object' && value !== null && !saying(value).includes(' × ')
    ? `(${saying(value)})`
    : saying(value);

const listed = (members: readonly (readonly [string, Json])[]): string =>
  members.map(([key, value]) => `${label(key)}: ${nested(value)}`).join('; ');

const nested = (value: Json): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? `(${saying(value)})` : saying(value);

/** So many of an article, as a person would say it. */
function pieces(members: readonly (readonly [string, Json])[]): string | null {
  const { quantity, sku, ...rest } = Object.fromEntries(members);
  if (typeof quantity !== 'number' || typeof sku !== 'string') return null;
  const more = Object.entries(rest);
  return `${quantity} × ${sku}${more.length === 0 ? '' : ` (${listed(more)})`}`;
}

/** `toteId` reads as `tote id`. */
const label = (key: string): string => key.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase();
