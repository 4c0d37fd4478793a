import { type Static, Type } from 'typebox';
import { JsonSchema } from './sagas.ts';

const closed = { additionalProperties: false } as const;

/** A saga that a person, a client or a schedule may begin. */
export const WorkKind = Type.Object(
  {
    saga: Type.String(),
    title: Type.String(),
    version: Type.Integer(),
    input: Type.Union([JsonSchema, Type.Null()], { description: 'What it takes; null takes anything.' }),
  },
  { $id: 'WorkKind' },
);
export type WorkKind = Static<typeof WorkKind>;

export const WorkStart = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
        maxLength: 48,
        description: 'The same id again is the same work. Without one it gets one.',
      }),
    ),
    input: Type.Unsafe<unknown>(Type.Unknown({ description: 'As GET /api/v1/work tells it.' })),
  },
  { ...closed, $id: 'WorkStart' },
);
export type WorkStart = Static<typeof WorkStart>;

export const WorkStarted = Type.Object({ sagaId: Type.String() }, { $id: 'WorkStarted' });
export type WorkStarted = Static<typeof WorkStarted>;
