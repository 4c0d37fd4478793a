import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

/** What the broker refused or had to give up. The client id is the subject. */
const audit = { lane: 'audit', classification: 'internal' } as const;

export const mqttRefused = defineEvent({
  type: 'holdfast.mqtt.refused.v1',
  title: 'The broker refused a client something, and why',
  ...audit,
  data: Type.Object({
    clientId: Type.String(),
    user: Type.String(),
    address: Type.String(),
    action: Type.Enum(['connect', 'publish', 'subscribe', 'packet']),
    topic: Type.Optional(Type.String()),
    code: Type.String({ description: 'See docs/errors.md.' }),
    reason: Type.String(),
    suppressedCount: Type.Integer({
      minimum: 0,
      description: 'Refusals since the last such record that were counted but not recorded.',
    }),
  }),
});
export const mqttMessagesDropped = defineEvent({
  type: 'holdfast.mqtt.messages-dropped.v1',
  title: 'The queue of a client was full, and messages for it were given up',
  ...audit,
  data: Type.Object({
    clientId: Type.String(),
    user: Type.String(),
    policy: Type.Enum(['drop-oldest', 'refuse-newest']),
    count: Type.Integer({ minimum: 1, description: 'Since the last such record of this client.' }),
    queuedBytes: Type.Integer({ minimum: 0 }),
    queueBytesMax: Type.Integer({ minimum: 1 }),
  }),
});

export const mqttEvents = [mqttRefused, mqttMessagesDropped] as const;
