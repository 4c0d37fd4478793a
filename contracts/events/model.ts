import { Type } from 'typebox';
import { modelStates } from '../models.ts';
import { defineEvent } from './envelope.ts';

export const modelStateChanged = defineEvent({
  type: 'holdfast.model.state-changed.v1',
  title: 'A model is trusted again, or no longer',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    model: Type.String(),
    version: Type.String(),
    from: Type.Enum([...modelStates]),
    to: Type.Enum([...modelStates]),
    why: Type.String({ description: 'In words, with the number that decided it.' }),
    instead: Type.String({ description: 'Who decides now: the model itself, its fallback, or a person.' }),
    by: Type.Optional(Type.String({ description: 'When a person did it.' })),
  }),
});

export const modelEvents = [modelStateChanged] as const;
