import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const absenceChanged = defineEvent({
  type: 'holdfast.people.absence-changed.v1',
  title: 'Somebody will be away, or no longer',
  lane: 'audit',
  classification: 'personal',
  data: Type.Object({
    absenceId: Type.String(),
    user: Type.String(),
    change: Type.Enum(['entered', 'changed', 'removed']),
    from: Type.String({ format: 'date-time' }),
    to: Type.String({ format: 'date-time' }),
    coveredBy: Type.Optional(Type.String()),
    by: Type.String(),
  }),
});

export const peopleEvents = [absenceChanged] as const;
