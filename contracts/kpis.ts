import { type Static, Type } from 'typebox';

/** Figures of one kind of saga over a stretch of time. docs/kpis.md tells what each is good for. */
export const kpiSpans = ['hour', 'day'] as const;
export type KpiSpan = (typeof kpiSpans)[number];

const count = (description: string) => Type.Integer({ minimum: 0, description });
const share = (description: string) =>
  Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()], { description });
const milliseconds = (description: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: `${description} Milliseconds.` });

/** A rate or a mean of nothing is null, never 0. */
export const kpiFigures = {
  started: count('Sagas that began.'),
  completed: count('Sagas that came to their intended end.'),
  compensated: count('Sagas that failed; what they had done has been undone.'),
  cancelled: count('Sagas that somebody ended; what they had done has been undone.'),
  durationMsMean: milliseconds('Start to end of the completed sagas, mean.'),
  durationMsP50: milliseconds('The same, median; exact to a fifth.'),
  durationMsP95: milliseconds('The same, 95th percentile; exact to a fifth.'),
  compensationRate: share(
    'Ended sagas in which amends were made, by hand too, or skipped by a person, of all that ended.',
  ),
  compensations: count('Amends that began.'),
  failedCompensations: count('Amends that could not be made by themselves: a person was asked.'),
  failedCompensationRate: share('failedCompensations of compensations.'),
  deadLetters: count('Times a saga was parked because it could not go on by itself.'),
  detectMsMean: milliseconds(
    'From the first attempt at the stuck work to the moment a person was asked, mean.',
  ),
  recoveries: count('Parked works that came to a good end after all.'),
  recoverMsMean: milliseconds('From the moment a person was asked to that good end, mean.'),
  automatedSteps: count('Steps done without a person.'),
  manualSteps: count('Decisions by people, on human tasks and on dead letters.'),
  manualResolutionMsMean: milliseconds('From the moment such a task was opened to the decision, mean.'),
  automatedRate: share('automatedSteps of automatedSteps and manualSteps.'),
  retries: count('Attempts that failed and were tried again by themselves; waiting at a refusal is none.'),
  deliveries: count('Starts, results and signals that came, those that changed nothing included.'),
  duplicates: count('Deliveries that changed nothing: they had come before, or came too late.'),
  duplicateRate: share('duplicates of deliveries.'),
  sloGood: count('Sagas within the objective of their definition. Cancelled ones do not count.'),
  sloBad: count('Sagas outside of it: too slow, failed, or with amends.'),
} as const;

export const KpiFigures = Type.Object(kpiFigures);
export type KpiFigures = Static<typeof KpiFigures>;

const instant = (description: string) => Type.String({ format: 'date-time', description });
export const KpiWindow = Type.Object({
  saga: Type.String({ description: 'Name of the definition, all its versions together.' }),
  span: Type.Enum([...kpiSpans]),
  from: instant('Begin; hours and days are those of the time zone of the site.'),
  to: instant('End, exclusive.'),
  closed: Type.Boolean({ description: 'Nothing is added any more, and its event is in the log.' }),
  ...kpiFigures,
});
export type KpiWindow = Static<typeof KpiWindow>;

export const burnSpeeds = ['fast', 'slow'] as const;
export type BurnSpeed = (typeof burnSpeeds)[number];

/**
 * How a kind of saga does against the objective of its current definition. A burn of 1 uses the budget up in
 * exactly the period; 14.4 uses 2 % of it in an hour.
 */
export const SloStatus = Type.Object({
  saga: Type.String(),
  objective: Type.Number({ description: 'Share that shall be good.' }),
  durationMs: Type.Integer({ description: 'Within it a saga shall complete without amends.' }),
  periodDays: Type.Integer({ description: 'Over so many days the budget is counted.' }),
  good: count('In the period.'),
  bad: count('In the period.'),
  budgetRemaining: Type.Number({ description: 'Share of the error budget that is left; below 0 overdrawn.' }),
  burnFast: Type.Number({ description: 'Burn over the hour before this one and what there is of this one.' }),
  burnSlow: Type.Number({ description: 'Burn over the six hours before this one and this one.' }),
  alerts: Type.Array(Type.Enum([...burnSpeeds]), { description: 'What burns too fast now.' }),
});
export type SloStatus = Static<typeof SloStatus>;
