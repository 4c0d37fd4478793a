import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const taskChanged = defineEvent({
  type: 'holdfast.task.changed.v1',
  title: 'A human task was made, moved on or was decided',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    taskId: Type.String(),
    sagaId: Type.String(),
    kind: Type.String(),
    state: Type.Enum([
      'created',
      'offered',
      'claimed',
      'started',
      'completed',
      'declined',
      'expired',
      'cancelled',
    ]),
    by: Type.Optional(Type.String()),
    decision: Type.Optional(Type.String()),
    note: Type.Optional(Type.String()),
  }),
});

export const taskEvents = [taskChanged] as const;
