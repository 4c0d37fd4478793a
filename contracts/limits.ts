import { type Static, Type } from 'typebox';
import { Id } from './config-parts.ts';

/** A limit that holds for the whole site, whatever the definitions say; the narrower of the two counts. */
export const LimitConfig = Type.Object(
  {
    name: Id('The limit that steps name, such as zone.'),
    key: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'Only for this key; without it for each.' }),
    ),
    concurrencyMax: Type.Optional(Type.Integer({ minimum: 1, description: 'Attempts at the same time.' })),
    perMinuteMax: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: 'Attempts begun in any minute.' }),
    ),
  },
  { additionalProperties: false },
);
export type LimitConfig = Static<typeof LimitConfig>;

/** Sagas named for each limit and key, at most. */
export const LIMIT_SHOWN_MAX = 20;

/** Who has a turn at a limit and who waits for one, as the API tells it. */
export const LimitQueue = Type.Object(
  {
    name: Type.String(),
    key: Type.String(),
    running: Type.Integer({ minimum: 0, description: 'Attempts that have a turn.' }),
    waiting: Type.Integer({ minimum: 0, description: 'Attempts that wait for one.' }),
    inside: Type.Array(Type.String(), { description: 'Ids of sagas that have a turn, the first 20.' }),
    next: Type.Array(Type.String(), {
      description: 'Ids of sagas that wait, the first 20, who comes next first.',
    }),
  },
  { $id: 'LimitQueue' },
);
export type LimitQueue = Static<typeof LimitQueue>;

/** What a limit with its key is used for now. */
export interface LimitUse {
  readonly name: string;
  readonly key: string;
  readonly running: number;
  readonly waiting: number;
}
