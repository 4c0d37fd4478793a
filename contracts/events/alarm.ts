import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

const alarm = { lane: 'audit', classification: 'internal' } as const;

export const alarmRaised = defineEvent({
  type: 'holdfast.alarm.raised.v1',
  title: 'Something needs attention',
  ...alarm,
  data: Type.Object({
    alarmId: Type.String({ description: 'Stable per cause: raised again only after it cleared.' }),
    severity: Type.Enum(['critical', 'high', 'medium', 'low']),
    source: Type.String({ description: 'Device, interlock or component.' }),
    text: Type.String(),
    hint: Type.String(),
  }),
});
export const alarmCleared = defineEvent({
  type: 'holdfast.alarm.cleared.v1',
  title: 'The cause is gone',
  ...alarm,
  data: Type.Object({ alarmId: Type.String() }),
});
export const alarmAcknowledged = defineEvent({
  type: 'holdfast.alarm.acknowledged.v1',
  title: 'A person has seen it',
  ...alarm,
  data: Type.Object({ alarmId: Type.String(), by: Type.String() }),
});

export const alarmEvents = [alarmRaised, alarmCleared, alarmAcknowledged] as const;
