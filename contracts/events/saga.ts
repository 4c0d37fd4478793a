import { Type } from 'typebox';
import { deadLetterCauses } from '../sagas.ts';
import { defineEvent } from './envelope.ts';

/** `sagaId` is the subject; the correlation id is the order's. */
const sagaStep = Type.Object({
  sagaId: Type.String(),
  definition: Type.String(),
  step: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  visit: Type.Optional(
    Type.Integer({ minimum: 2, description: 'From the second time that the step is come to, in any way.' }),
  ),
});
const business = { lane: 'business', classification: 'internal' } as const;

export const sagaStarted = defineEvent({
  type: 'holdfast.saga.started.v1',
  title: 'A saga began',
  ...business,
  data: Type.Object({
    sagaId: Type.String(),
    definition: Type.String(),
    hash: Type.String({ description: 'Content hash of the definition it stays on.' }),
  }),
});
export const sagaStepStarted = defineEvent({
  type: 'holdfast.saga.step-started.v1',
  title: 'A step was recorded and may act',
  ...business,
  data: Type.Object({ ...sagaStep.properties, commandId: Type.Optional(Type.String()) }),
});
export const sagaStepEnded = defineEvent({
  type: 'holdfast.saga.step-ended.v1',
  title: 'A step has its recorded result',
  ...business,
  data: Type.Object({
    ...sagaStep.properties,
    outcome: Type.Enum(['succeeded', 'failed', 'refused', 'timed-out', 'unknown', 'reconciled']),
    retryAt: Type.Optional(Type.String({ format: 'date-time', description: 'When it is tried again.' })),
    reason: Type.Optional(Type.String()),
  }),
});
export const sagaCompensation = defineEvent({
  type: 'holdfast.saga.compensation.v1',
  title: 'Amends for a step began, ended or are blocked',
  ...business,
  data: Type.Object({
    ...sagaStep.properties,
    outcome: Type.Enum(['started', 'succeeded', 'failed', 'blocked', 'by-hand', 'skipped'], {
      description: 'by-hand: a person made them. skipped: a person left it as it is.',
    }),
    retryAt: Type.Optional(Type.String({ format: 'date-time', description: 'When it is tried again.' })),
    reason: Type.Optional(Type.String()),
  }),
});
export const sagaEnded = defineEvent({
  type: 'holdfast.saga.ended.v1',
  title: 'A saga ended',
  ...business,
  data: Type.Object({
    sagaId: Type.String(),
    definition: Type.String(),
    outcome: Type.Enum(['completed', 'compensated', 'dead-lettered', 'cancelled']),
    durationMs: Type.Integer({ minimum: 0 }),
    reason: Type.Optional(Type.String()),
  }),
});
export const sagaParked = defineEvent({
  type: 'holdfast.saga.parked.v1',
  title: 'A saga cannot go on by itself; a person is asked',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    ...sagaStep.properties,
    cause: Type.Enum([...deadLetterCauses]),
    reason: Type.String(),
    taskId: Type.String(),
  }),
});
export const sagaResumed = defineEvent({
  type: 'holdfast.saga.resumed.v1',
  title: 'A person let a parked saga go on',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    ...sagaStep.properties,
    by: Type.String(),
    decision: Type.String(),
    note: Type.Optional(Type.String()),
    edited: Type.Optional(
      Type.Literal(true, { description: 'With other input than the definition computes.' }),
    ),
  }),
});

export const sagaEvents = [
  sagaStarted,
  sagaStepStarted,
  sagaStepEnded,
  sagaCompensation,
  sagaEnded,
  sagaParked,
  sagaResumed,
] as const;
