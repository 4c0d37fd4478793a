import type { TimelineEntry } from '#contracts/api.ts';
import type { IconName } from '../parts/icon.tsx';

/** Something that did not come off at once. */
export interface Hitch {
  readonly at: string;
  readonly icon: IconName;
  readonly what: string;
  readonly why: string;
}

const words = {
  refused: { icon: 'shield', word: 'was refused' },
  failed: { icon: 'cross', word: 'failed' },
  unknown: { icon: 'question', word: 'ended, and nobody knows how' },
} as const;

/**
 * Attempts that were refused, failed or ended unknown, newest first. A command tells the same story as the step that
 * sent it, so only steps are told.
 */
export function hitchesOf(entries: readonly TimelineEntry[]): Hitch[] {
  const steps = entries.filter(({ kind }) => kind === 'step' || kind === 'retry' || kind === 'compensation');
  return steps
    .flatMap(({ at, title, outcome, attempt, detail }): Hitch[] => {
      if (outcome !== 'refused' && outcome !== 'failed' && outcome !== 'unknown') return [];
      const { icon, word } = words[outcome];
      const tried = attempt !== null && attempt > 1 ? `, attempt ${attempt},` : '';
      return [{ at, icon, what: `${title}${tried} ${word}`, why: detail ?? 'No reason was given.' }];
    })
    .reverse();
}
