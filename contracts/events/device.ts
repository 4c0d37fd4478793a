import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const deviceLinkChanged = defineEvent({
  type: 'holdfast.device.link-changed.v1',
  title: 'A device was lost or found again',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({
    device: Type.String(),
    state: Type.Enum(['up', 'down', 'connecting']),
    reason: Type.Optional(Type.String()),
  }),
});
export const robotStateChanged = defineEvent({
  type: 'holdfast.robot.state-changed.v1',
  title: 'A robot began or ended moving, changed its activity or its battery band',
  lane: 'telemetry',
  classification: 'internal',
  data: Type.Object({
    robotId: Type.String(),
    activity: Type.Enum(['idle', 'driving', 'picking', 'paused', 'charging', 'fault', 'lost']),
    moving: Type.Boolean(),
    battery: Type.Number({ minimum: 0, maximum: 1 }),
    x: Type.Number({ description: 'm' }),
    y: Type.Number({ description: 'm' }),
    place: Type.Union([Type.String(), Type.Null()]),
    commandId: Type.Union([Type.String(), Type.Null()]),
  }),
});
export const tagChanged = defineEvent({
  type: 'holdfast.tag.changed.v1',
  title: 'A tag marked as an event source changed',
  lane: 'telemetry',
  classification: 'internal',
  data: Type.Object({
    path: Type.String(),
    value: Type.Union([Type.Boolean(), Type.Number(), Type.String(), Type.Null()]),
    quality: Type.Enum(['good', 'uncertain', 'bad']),
    reason: Type.Optional(Type.String()),
    unit: Type.Optional(Type.String()),
  }),
});

export const deviceEvents = [deviceLinkChanged, robotStateChanged, tagChanged] as const;
