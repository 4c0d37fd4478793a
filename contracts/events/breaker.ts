import { Type } from 'typebox';
import { breakerKinds, breakerStates } from '../breakers.ts';
import { defineEvent } from './envelope.ts';

export const breakerChanged = defineEvent({
  type: 'holdfast.breaker.changed.v1',
  title: 'The circuit breaker of a device or an endpoint opened, tries again, or closed',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    breaker: Type.String(),
    kind: Type.Enum([...breakerKinds]),
    name: Type.String(),
    state: Type.Enum([...breakerStates]),
    reason: Type.String({ description: 'Why, in words.' }),
    retryAt: Type.Optional(Type.String({ format: 'date-time' })),
    by: Type.Optional(Type.String({ description: 'Who closed it by hand.' })),
  }),
});

export const breakerEvents = [breakerChanged] as const;
