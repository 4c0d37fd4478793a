import type { DeadLetter, DeadLetterFilter } from '#contracts/dead-letters.ts';
import { causes } from './cause-words.ts';

export interface Shown {
  readonly state: 'open' | 'closed';
  readonly filter: Pick<DeadLetterFilter, 'cause' | 'definition' | 'device'>;
}

/** What the address of the page keeps. */
export function shownOf(query: string): Shown {
  const kept = new URLSearchParams(query);
  const cause = causes.find((one) => one === kept.get('cause'));
  const definition = kept.get('definition');
  const device = kept.get('device');
  return {
    state: kept.get('state') === 'closed' ? 'closed' : 'open',
    filter: {
      ...(cause === undefined ? {} : { cause }),
      ...(definition === null ? {} : { definition }),
      ...(device === null ? {} : { device }),
    },
  };
}

export const queryOf = ({ state, filter }: Shown): string =>
  new URLSearchParams({ ...(state === 'closed' ? { state } : {}), ...filter }).toString();

export const matches = (letter: DeadLetter, { cause, definition, device }: Shown['filter']): boolean =>
  (cause === undefined || letter.cause === cause) &&
  (definition === undefined || letter.definition === definition) &&
  (device === undefined || letter.device === device);

/** How many letters of each cause, under the other filters. */
export function countByCause(letters: readonly DeadLetter[], filter: Shown['filter']) {
  const { cause: _cause, ...others } = filter;
  return causes.map((cause) => ({
    cause,
    count: letters.filter((letter) => matches(letter, { ...others, cause })).length,
  }));
}

/** What there is to choose from. */
export const valuesOf = (letters: readonly DeadLetter[], name: 'definition' | 'device'): string[] =>
  [...new Set(letters.flatMap((letter) => letter[name] ?? []))].toSorted();
