import type { Breaker, BreakerStateName } from '#contracts/breakers.ts';
import type { ModelState } from '#contracts/models.ts';
import type { Schedule } from '#contracts/schedules.ts';
import type { Words } from '../parts/words.ts';

export const breakerWords: Readonly<Record<BreakerStateName, Words>> = {
  closed: { word: 'Works', icon: 'check', level: 'normal' },
  open: { word: 'Switched off', icon: 'unplug', level: 'warning' },
  'half-open': { word: 'Being tried', icon: 'retry', level: 'notice' },
};

export const modelWords: Readonly<Record<ModelState, Words>> = {
  learning: { word: 'Learning', icon: 'clock', level: 'quiet' },
  trusted: { word: 'Trusted', icon: 'check', level: 'normal' },
  drifted: { word: 'Not followed: the floor has changed', icon: 'exclaim', level: 'warning' },
  inaccurate: { word: 'Not followed: often wrong', icon: 'exclaim', level: 'warning' },
  failing: { word: 'Does not answer', icon: 'unplug', level: 'warning' },
};

export const missedWords: Readonly<Record<Schedule['missed'], string>> = {
  skip: 'are left out',
  once: 'are made up for once',
  all: 'are all made up for',
};

const rank: Readonly<Record<BreakerStateName, number>> = { open: 0, 'half-open': 1, closed: 2 };

/** What needs an eye first. */
export const sortBreakers = (breakers: readonly Breaker[]): Breaker[] =>
  breakers.toSorted((a, b) => rank[a.state] - rank[b.state] || a.name.localeCompare(b.name));
