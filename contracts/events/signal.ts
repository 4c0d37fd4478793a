import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const signalDropped = defineEvent({
  type: 'holdfast.signal.dropped.v1',
  title: 'A stored signal will not be taken: nobody came for it in time, or its shape is wrong',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    sagaId: Type.String(),
    signalId: Type.String(),
    name: Type.String(),
    why: Type.Enum(['expired', 'wrong-shape']),
    reason: Type.String(),
  }),
});

export const signalEvents = [signalDropped] as const;
