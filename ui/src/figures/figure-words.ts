import type { KpiFigures } from '#contracts/kpis.ts';
import { formatCount, formatDuration } from '../format.ts';

export type FigureName = keyof KpiFigures;
type Unit = 'count' | 'share' | 'time';

export interface FigureWords {
  readonly name: FigureName;
  readonly label: string;
  readonly unit: Unit;
  /** What it is, for somebody who sees it for the first time. */
  readonly meaning: string;
}

const figure = (name: FigureName, unit: Unit, label: string, meaning: string): FigureWords => ({
  name,
  label,
  unit,
  meaning,
});

/** The figures as docs/kpis.md has them, by what somebody wants to know. */
export const figureGroups: readonly { readonly title: string; readonly figures: readonly FigureWords[] }[] = [
  {
    title: 'How much, how fast',
    figures: [
      figure('started', 'count', 'Begun', 'Began in this time.'),
      figure('completed', 'count', 'Done', 'Came to their intended end in this time.'),
      figure('compensated', 'count', 'Failed', 'Could not be done. What they had done was taken back.'),
      figure('cancelled', 'count', 'Cancelled', 'Ended by somebody. What they had done was taken back.'),
      figure(
        'durationMsP50',
        'time',
        'Usual duration',
        'Half of those done took less, from begin to end. Exact to a fifth.',
      ),
      figure(
        'durationMsP95',
        'time',
        'Slow ones',
        '95 of 100 of those done took less than this. Exact to a fifth.',
      ),
      figure(
        'durationMsMean',
        'time',
        'Mean duration',
        'From begin to end of those done, on average. A few very slow ones pull it up.',
      ),
    ],
  },
  {
    title: 'Taking back',
    figures: [
      figure(
        'compensationRate',
        'share',
        'Something taken back',
        'Of all that ended: those in which something that was done had to be taken back.',
      ),
      figure(
        'compensations',
        'count',
        'Taken back',
        'Steps that were taken back, however many attempts it took.',
      ),
      figure(
        'failedCompensations',
        'count',
        'Not taken back by itself',
        'Steps that could not be taken back by themselves: a person was asked.',
      ),
      figure(
        'failedCompensationRate',
        'share',
        'Share of those',
        'Of all steps to be taken back: those that a person was asked about.',
      ),
    ],
  },
  {
    title: 'Machines and people',
    figures: [
      figure(
        'automatedRate',
        'share',
        'Done by machines',
        'Of all steps and decisions: those without a person.',
      ),
      figure('automatedSteps', 'count', 'Steps by machines', 'Steps done without a person.'),
      figure('manualSteps', 'count', 'Decisions by people', 'Decisions on tasks and on stuck work.'),
      figure(
        'manualResolutionMsMean',
        'time',
        'Until a person decided',
        'From the moment a task was opened to its decision, on average.',
      ),
    ],
  },
  {
    title: 'Trouble',
    figures: [
      figure(
        'retries',
        'count',
        'Tried again',
        'Attempts that failed and were repeated without a person. Waiting for a gate is none.',
      ),
      figure(
        'deadLetters',
        'count',
        'Got stuck',
        'Times that something could not go on by itself and a person was asked.',
      ),
      figure(
        'detectMsMean',
        'time',
        'Until it was noticed',
        'From the first attempt at the stuck work to the moment a person was asked, on average.',
      ),
      figure('recoveries', 'count', 'Went on after all', 'Stuck work that came to a good end.'),
      figure(
        'recoverMsMean',
        'time',
        'Until it went on',
        'From the moment a person was asked to that good end, on average.',
      ),
    ],
  },
  {
    title: 'Came twice',
    figures: [
      figure(
        'duplicateRate',
        'share',
        'Came twice',
        'Of all messages that came: those that were known already. They change nothing.',
      ),
      figure(
        'deliveries',
        'count',
        'Messages',
        'Starts, results and signals that came, repeated ones included.',
      ),
      figure('duplicates', 'count', 'Known already', 'Messages that had come before, or came too late.'),
    ],
  },
  {
    title: 'Objective',
    figures: [
      figure('sloGood', 'count', 'Within it', 'In time, and nothing had to be taken back.'),
      figure('sloBad', 'count', 'Outside of it', 'Too slow, failed, or something had to be taken back.'),
    ],
  },
];

/** A mean or a share of nothing is not 0: there is none. */
export function figureText(unit: Unit, value: number | null): string {
  if (value === null) return '–';
  switch (unit) {
    case 'count':
      return formatCount(value);
    case 'share':
      return shareText(value);
    case 'time':
      return formatDuration(value);
  }
}

/** Small shares matter here: 0.4 % is not 0 %. */
export const shareText = (share: number): string => {
  const percent = share * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
};
