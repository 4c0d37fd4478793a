import { type Static, Type } from 'typebox';
import { Id } from './config-parts.ts';

const closed = { additionalProperties: false } as const;

/** A saga that begins by the clock. It goes by wall time: a change to summer time moves it as people expect. */
export const ScheduleConfig = Type.Object(
  {
    name: Id('Name of the schedule; part of the id of each saga it begins.'),
    saga: Id('Definition that begins, in its current version.'),
    cron: Type.String({
      minLength: 9,
      maxLength: 120,
      description:
        'Five fields: minute, hour, day of month, month, day of week. "30 2 * * *" is half past two.',
    }),
    timeZone: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'IANA name, such as Europe/Berlin. Default: that of the site.',
      }),
    ),
    input: Type.Unsafe<unknown>(Type.Unknown({ default: {}, description: 'Input of the saga.' })),
    missed: Type.Enum(['skip', 'once', 'all'], {
      default: 'once',
      description: 'Runs whose time went by while the site was down: none, the newest, or each.',
    }),
    missedMax: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 24,
      description: 'With all: so many at most, the newest.',
    }),
  },
  closed,
);
export type ScheduleConfig = Static<typeof ScheduleConfig>;

/** A schedule as the API tells it. */
export const Schedule = Type.Object(
  {
    name: Type.String(),
    saga: Type.String(),
    cron: Type.String(),
    timeZone: Type.String(),
    missed: Type.Enum(['skip', 'once', 'all']),
    nextAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    lastAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'Planned time of the newest run that has begun.',
    }),
    lastSagaId: Type.Union([Type.String(), Type.Null()]),
    problem: Type.Union([Type.String(), Type.Null()], { description: 'Why the last run has not begun yet.' }),
  },
  { $id: 'Schedule' },
);
export type Schedule = Static<typeof Schedule>;
