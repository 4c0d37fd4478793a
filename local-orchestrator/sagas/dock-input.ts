import { type Static, Type } from 'typebox';
import { LOAD_LINES_MAX, LoadLine } from '#contracts/docks.ts';

export const HandoffInput = Type.Object(
  {
    bookingId: Type.String({ minLength: 1, maxLength: 48 }),
    dock: Type.String({ minLength: 1, maxLength: 64, description: 'Booked first; it may get another one.' }),
    vehicle: Type.String({ minLength: 1, maxLength: 64 }),
    lines: Type.Array(LoadLine, { minItems: 1, maxItems: LOAD_LINES_MAX }),
  },
  { additionalProperties: false },
);
export type HandoffInput = Static<typeof HandoffInput>;

/** What the stages of a handoff have in common. */
export const PERSON_DUE_MS = 900_000;
export const GEAR_TIMEOUT_MS = 120_000;
export const Nothing = Type.Object({}, { additionalProperties: true });
