import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const TimeOfDay = (description: string) =>
  Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description });

export const Shift = Type.Object(
  {
    days: Type.Array(Type.Enum([...weekdays]), {
      minItems: 1,
      default: [...weekdays],
      description: 'Days on which it begins.',
    }),
    from: TimeOfDay('Wall time of the site, such as 06:00.'),
    to: TimeOfDay('When it ends; not after "from" means on the next day.'),
  },
  closed,
);
export type Shift = Static<typeof Shift>;

const UserName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'Name of the user.',
});
const Word = Type.String({ minLength: 1, maxLength: 32 });

/** What tasks need to know of a user besides the role that `holdfast user add` gave. Applies at restart. */
export const PersonConfig = Type.Object(
  {
    user: UserName,
    roles: Type.Array(Word, {
      default: [],
      description: 'Duties besides the role of the user, such as shift-lead; tasks may ask for them.',
    }),
    skills: Type.Array(Word, { default: [] }),
    zones: Type.Array(Word, { default: [] }),
    shifts: Type.Array(Shift, { default: [], description: 'None: always on duty.' }),
    email: Type.Optional(
      Type.String({
        pattern: '^[^@\\s]+@[^@\\s]+$',
        maxLength: 254,
        description: 'For notices to this person alone.',
      }),
    ),
  },
  closed,
);
export type PersonConfig = Static<typeof PersonConfig>;

/** Somebody who can be given a task. */
export interface Person {
  readonly user: string;
  /** The role that identity knows, and the duties of the site file. */
  readonly roles: readonly string[];
  readonly skills: readonly string[];
  readonly zones: readonly string[];
  /** Empty: always on duty. */
  readonly shifts: readonly Shift[];
}

const iso = (description: string) => Type.String({ format: 'date-time', description });

/** Somebody is away: what would be offered to them goes to whoever covers, and without one to their role. */
export const AbsenceEntry = Type.Object(
  {
    user: UserName,
    from: iso('First moment.'),
    to: iso('First moment after it.'),
    coveredBy: Type.Optional(UserName),
    note: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
);
export type AbsenceEntry = Static<typeof AbsenceEntry>;

export const Absence = Type.Object({
  absenceId: Type.String(),
  user: Type.String(),
  from: iso('First moment.'),
  to: iso('First moment after it.'),
  coveredBy: Type.Union([Type.String(), Type.Null()]),
  note: Type.Union([Type.String(), Type.Null()]),
  enteredBy: Type.String(),
});
export type Absence = Static<typeof Absence>;

/** A person as the API shows them to somebody who hands on a task. */
export const PersonStatus = Type.Object({
  user: Type.String(),
  roles: Type.Array(Type.String()),
  skills: Type.Array(Type.String()),
  zones: Type.Array(Type.String()),
  onDuty: Type.Boolean({ description: 'On shift and not away.' }),
  openTasks: Type.Integer({ description: 'Open tasks that are offered to them by name or claimed by them.' }),
});
export type PersonStatus = Static<typeof PersonStatus>;
