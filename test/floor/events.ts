import { Type } from 'typebox';
import { type AnyEvent, createEvent, defineEvent, type Lane } from '#contracts/events/envelope.ts';

/** An event of a lane, told from the others by its number. */
export const eventOf = (lane: Lane, nth: number, nowMs = 1_790_000_000_000): AnyEvent =>
  createEvent(
    defineEvent({
      type: `holdfast.test.${lane}.v1`,
      title: 'A happening of a test',
      lane,
      classification: 'internal',
      data: Type.Object({ nth: Type.Integer() }),
    }),
    `thing-${nth}`,
    { nth },
    { site: 'test-site', component: 'test', nowMs, correlationId: `thing-${nth}` },
  );
