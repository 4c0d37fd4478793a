import { type Static, Type } from 'typebox';

/** Something that a saga waits for, told from outside. */
export const SignalSend = Type.Object(
  {
    id: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Id of the event. The same id counts once, however often it is sent.',
    }),
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'What the saga waits for, such as arrived.',
    }),
    payload: Type.Unsafe<unknown>(
      Type.Unknown({ default: null, description: 'Shape given by the definition.' }),
    ),
    expiresAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Nobody shall take it after this; `sagas.signalDaysMax` of the site at the latest.',
      }),
    ),
  },
  { additionalProperties: false, $id: 'SignalSend' },
);
export type SignalSend = Static<typeof SignalSend>;
