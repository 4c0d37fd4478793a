import { Type } from 'typebox';
import { deadLetterCauses } from '../sagas.ts';
import { defineEvent } from './envelope.ts';

const audit = { lane: 'audit', classification: 'internal' } as const;

export const deadLetterRedriven = defineEvent({
  type: 'holdfast.dead-letter.redriven.v1',
  title: 'A dead letter goes on from its failed step, as a person asked',
  ...audit,
  data: Type.Object({
    taskId: Type.String(),
    sagaId: Type.String(),
    definition: Type.String(),
    step: Type.String(),
    cause: Type.Enum([...deadLetterCauses]),
    decision: Type.String(),
    by: Type.String(),
    reason: Type.String(),
    before: Type.Unknown({ description: 'Input that it had.' }),
    after: Type.Unknown({ description: 'Input that it has now; the same unless a person edited it.' }),
    redriveId: Type.Optional(Type.String({ description: 'When it was one of many.' })),
  }),
});
export const deadLettersRedrive = defineEvent({
  type: 'holdfast.dead-letter.redrive.v1',
  title: 'A re-drive of many dead letters began or ended',
  ...audit,
  data: Type.Object({
    redriveId: Type.String(),
    state: Type.Enum(['running', 'done', 'stopped']),
    by: Type.String(),
    reason: Type.String(),
    total: Type.Integer({ minimum: 0 }),
  }),
});
export const deadLetterCalled = defineEvent({
  type: 'holdfast.dead-letter.called.v1',
  title: 'A person called for help with a dead letter, as its runbook offers',
  ...audit,
  data: Type.Object({ taskId: Type.String(), channel: Type.String(), by: Type.String() }),
});

export const deadLetterEvents = [deadLetterRedriven, deadLettersRedrive, deadLetterCalled] as const;
