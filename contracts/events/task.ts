import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

/** What can happen to a task; each is one event and one row of its audit. */
export const taskChanges = [
  'created',
  'offered',
  'claimed',
  'started',
  'completed',
  'declined',
  'expired',
  'cancelled',
  'released',
  'delegated',
  'unanswered',
  'escalated',
  'overdue',
] as const;
export type TaskChange = (typeof taskChanges)[number];

export const taskChanged = defineEvent({
  type: 'holdfast.task.changed.v1',
  title: 'A human task was made, moved on or was decided',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    taskId: Type.String(),
    sagaId: Type.String(),
    kind: Type.String(),
    state: Type.Enum(
      ['created', 'offered', 'claimed', 'started', 'completed', 'declined', 'expired', 'cancelled'],
      { description: 'After the change.' },
    ),
    change: Type.Optional(Type.Enum([...taskChanges], { description: 'Without it: it came to that state.' })),
    by: Type.Optional(Type.String({ description: 'Who did it; without it, the site by itself.' })),
    user: Type.Optional(Type.String({ description: 'Who gets it, or from whom it was taken.' })),
    role: Type.Optional(Type.String({ description: 'Who may take it now; without it, anybody.' })),
    level: Type.Optional(Type.Integer({ description: 'Escalation levels that have been passed.' })),
    decision: Type.Optional(Type.String()),
    note: Type.Optional(Type.String()),
  }),
});

export const taskEvents = [taskChanged] as const;
