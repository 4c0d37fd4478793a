import { Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const noticeLost = defineEvent({
  type: 'holdfast.notify.notice-lost.v1',
  title: 'A notice was given up: its channel took nothing for too long, or too much was waiting',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    noticeId: Type.String(),
    channel: Type.String(),
    attempts: Type.Integer(),
    reason: Type.String(),
  }),
});

export const notifyEvents = [noticeLost] as const;
