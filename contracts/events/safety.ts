import { type Static, Type } from 'typebox';
import {
  type AnyEvent,
  createEvent,
  defineEvent,
  type EventContext,
  type EventDefinition,
} from './envelope.ts';

const safety = { lane: 'safety', classification: 'internal' } as const;

export const interlockTripped = defineEvent({
  type: 'holdfast.safety.interlock-tripped.v1',
  title: 'An interlock lost its condition; what it protects was put into its safe state',
  ...safety,
  data: Type.Object({
    interlock: Type.String(),
    reason: Type.String(),
    protects: Type.Array(Type.String()),
    reactionMs: Type.Number({ description: 'From the sample to the last safe-state write, monotonic.' }),
  }),
});
export const interlockCleared = defineEvent({
  type: 'holdfast.safety.interlock-cleared.v1',
  title: 'An interlock holds again; motion needs a reset or a new command',
  ...safety,
  data: Type.Object({ interlock: Type.String(), resetBy: Type.Optional(Type.String()) }),
});
export const safeStateWritten = defineEvent({
  type: 'holdfast.safety.safe-state.v1',
  title: 'A device was told to take its safe state, and whether it said so',
  ...safety,
  data: Type.Object({
    target: Type.String(),
    cause: Type.String(),
    outcome: Type.Enum(['verified', 'failed', 'unknown']),
    reason: Type.Optional(Type.String()),
  }),
});
export const watchdogExpired = defineEvent({
  type: 'holdfast.safety.watchdog-expired.v1',
  title: 'A thread was silent for too long',
  ...safety,
  data: Type.Object({ thread: Type.String(), silentMs: Type.Number() }),
});

export const safetyEvents = [interlockTripped, interlockCleared, safeStateWritten, watchdogExpired] as const;

const safetyDefinitions = {
  'interlock-tripped': interlockTripped,
  'interlock-cleared': interlockCleared,
  'safe-state': safeStateWritten,
  'watchdog-expired': watchdogExpired,
} as const;
export type SafetyRecordKind = keyof typeof safetyDefinitions;

/** A safety event on its way between threads: the definition stays behind, its name travels. */
export type SafetyRecord = {
  [K in SafetyRecordKind]: {
    readonly kind: K;
    readonly subject: string;
    readonly atMs: number;
    readonly data: Static<(typeof safetyDefinitions)[K]['data']>;
  };
}[SafetyRecordKind];

/** The event of a record, for the log. */
export function safetyEvent(record: SafetyRecord, context: EventContext): AnyEvent {
  const definition: EventDefinition = safetyDefinitions[record.kind];
  return createEvent(definition, record.subject, record.data, context);
}
