import type { TimelineEntry } from '#contracts/api.ts';

const words = {
  refused: 'was refused',
  failed: 'failed',
  unknown: 'ended, and nobody knows how',
} as const;

/** Something that did not come off at once. */
export interface Hitch {
  readonly at: string;
  readonly outcome: keyof typeof words;
  readonly what: string;
  readonly why: string;
}

const ofSteps: readonly TimelineEntry['kind'][] = ['step', 'retry', 'compensation'];

/**
 * Attempts that were refused, failed or ended unknown, newest first. A command mostly has the reason of the step
 * that sent it: then it is told once, by the step.
 */
export function hitchesOf(entries: readonly TimelineEntry[]): Hitch[] {
  const told = new Set(entries.filter(({ kind }) => ofSteps.includes(kind)).map(({ detail }) => detail));
  return entries
    .filter(({ kind, detail }) => ofSteps.includes(kind) || (kind === 'command' && !told.has(detail)))
    .flatMap(({ at, title, outcome, attempt, detail }): Hitch[] => {
      if (outcome !== 'refused' && outcome !== 'failed' && outcome !== 'unknown') return [];
      const tried = attempt !== null && attempt > 1 ? `, attempt ${attempt},` : '';
      return [
        { at, outcome, what: `${title}${tried} ${words[outcome]}`, why: detail ?? 'No reason was given.' },
      ];
    })
    .reverse();
}
