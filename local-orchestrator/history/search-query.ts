import { ApplianceError } from '#contracts/errors.ts';
import type { SagaQuery } from '#contracts/saga-api.ts';
import type { SqlParams } from '#contracts/store.ts';
import type { WalkName } from './search-tables.ts';

const MAX = Number.MAX_SAFE_INTEGER;
/** After every text that begins so: the largest code point there is. */
export const LAST = '\u{10ffff}';

/** The ways that lead to what is asked for, those that are likely to be short first. */
export function walksOf(query: SagaQuery, hashes: readonly string[] | null): WalkName[] {
  // Words are in their own index and nowhere else, so whoever asks for words goes that way.
  if (query.text !== undefined) return ['words'];
  const { status } = query;
  const names: WalkName[] = [];
  if (query.id !== undefined) names.push('id');
  if (status === 'running' || status === 'compensating') names.push('alive');
  if (query.attribute !== undefined) names.push('words');
  if (query.correlation !== undefined) names.push('correlation');
  if (status === 'compensated' || status === 'cancelled') names.push('amended');
  if (hashes?.length === 1) names.push('version');
  if (query.name !== undefined) names.push('name');
  return [...names, 'time'];
}

export function paramsOf(query: SagaQuery, hashes: readonly string[] | null): SqlParams {
  const { name = null, status = null, id = null, correlation = null } = query;
  const attributes = (query.attribute ?? []).map((one): [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1)];
  });
  return {
    name,
    status,
    hash: hashes?.[0] ?? null,
    hashes: hashes === null ? null : JSON.stringify(hashes),
    fromMs: timeOf('from', query.from) ?? 0,
    toMs: (timeOf('to', query.to) ?? MAX) - 1,
    idFrom: id,
    idTo: id === null ? null : id + LAST,
    correlationFrom: correlation,
    correlationTo: correlation === null ? null : correlation + LAST,
    attributes: attributes.length === 0 ? null : JSON.stringify(Object.fromEntries(attributes)),
    match: matchOf(query.text, attributes),
  };
}

/** A query of SQLite's full-text search: each word quoted, so that nothing in it is an operator. */
function matchOf(text: string | undefined, attributes: readonly [string, string][]): string {
  const words = wordsOf(text ?? '');
  if (text !== undefined && words.length === 0) {
    throw invalid('text', 'has no letter and no digit', 'Search for whole words.');
  }
  return [...words, ...attributes.map(tokenOf)].map((word) => `"${word}"`).join(' AND ');
}

/** An attribute as the one word by which the index knows it: see `saga_words_come` in the engine's tables. */
const tokenOf = ([name, value]: [string, string]): string =>
  `x${Buffer.from(`${name}=${value}`.replace(/[A-Z]/g, (letter) => letter.toLowerCase())).toString('hex')}`;

const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

export function timeOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid(field, 'is no time', 'Write it like 2026-03-01T06:00:00Z.');
  return ms;
}

export const invalid = (field: string, problem: string, cure: string): ApplianceError =>
  new ApplianceError('API_INVALID', { field, problem, cure });
