import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const uplinkChanged = defineEvent({
  type: 'holdfast.sync.uplink-changed.v1',
  title: 'The way to the region was lost or found again',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    uplink: Type.String(),
    state: Type.Enum(['up', 'down']),
    reason: Type.Optional(Type.String()),
    backlogCount: Type.Integer({ minimum: 0 }),
  }),
});
export const recordsDropped = defineEvent({
  type: 'holdfast.sync.records-dropped.v1',
  title: 'Telemetry was given up because its room ended',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    uplink: Type.Optional(Type.String({ description: 'Destination that will not get them.' })),
    lane: Type.String(),
    count: Type.Integer({ minimum: 1 }),
    oldestAt: Type.String({ format: 'date-time' }),
    newestAt: Type.String({ format: 'date-time' }),
  }),
});
export const markMoved = defineEvent({
  type: 'holdfast.sync.mark-moved.v1',
  title: 'The region stands elsewhere than the site remembers; the region was believed',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    uplink: Type.String(),
    lane: Type.String(),
    direction: Type.Enum(['behind', 'ahead'], {
      description: 'behind: restored from a copy, records are sent again. ahead: our own store is older.',
    }),
    fromSequence: Type.Integer({ minimum: 0 }),
    toSequence: Type.Integer({ minimum: 0 }),
  }),
});
export const siteStarted = defineEvent({
  type: 'holdfast.site.started.v1',
  title: 'The appliance came up',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({ version: Type.String(), bootMs: Type.Number(), cleanStop: Type.Boolean() }),
});

export const syncEvents = [uplinkChanged, recordsDropped, markMoved, siteStarted] as const;
