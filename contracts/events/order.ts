import { type Static, Type } from 'typebox';
import { defineEvent } from './envelope.ts';

export const OrderLine = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'Line number within the order.' }),
    sku: Type.String({ minLength: 1, maxLength: 64, description: 'Article number.' }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Pieces to pick.' }),
    description: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: false },
);
export type OrderLine = Static<typeof OrderLine>;

/** The canonical work order: what every intake maps to. */
export const WorkOrder = Type.Object(
  {
    orderId: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
    kind: Type.Literal('pick'),
    priority: Type.Integer({ minimum: 0, maximum: 9, default: 5, description: '0 is the most urgent.' }),
    destination: Type.String({ minLength: 1, maxLength: 64, description: 'Packing place of the site file.' }),
    customer: Type.Optional(Type.String({ maxLength: 64 })),
    dueAt: Type.Optional(Type.String({ format: 'date-time' })),
    lines: Type.Array(OrderLine, { minItems: 1, maxItems: 1000 }),
    leftOut: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 1000,
        description: 'Articles of lines that are no goods, such as postage. Set by the intake.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type WorkOrder = Static<typeof WorkOrder>;

export const workOrderCreated = defineEvent({
  type: 'holdfast.work-order.created.v1',
  title: 'A work order was accepted',
  lane: 'business',
  classification: 'internal',
  data: WorkOrder,
});
export const workOrderCancelRequested = defineEvent({
  type: 'holdfast.work-order.cancel-requested.v1',
  title: 'Somebody asked for a work order to be cancelled',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({ orderId: Type.String(), reason: Type.String(), requestedBy: Type.String() }),
});
export const workOrderCompleted = defineEvent({
  type: 'holdfast.work-order.completed.v1',
  title: 'Every line reached packing, or a person said what else holds',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({
    orderId: Type.String(),
    sagaId: Type.String(),
    picked: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer({ minimum: 0 }) })),
    short: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
  }),
});
export const workOrderFailed = defineEvent({
  type: 'holdfast.work-order.failed.v1',
  title: 'The order ended without being filled; what was done has been compensated',
  lane: 'business',
  classification: 'internal',
  data: Type.Object({ orderId: Type.String(), sagaId: Type.String(), reason: Type.String() }),
});
export const intakeRefused = defineEvent({
  type: 'holdfast.intake.refused.v1',
  title: 'The intake refused something, and why',
  lane: 'audit',
  classification: 'internal',
  data: Type.Object({
    intake: Type.String({ description: 'http, debezium, replay, mqtt.' }),
    key: Type.String({ description: 'Order id or place in the file, as far as it could be read.' }),
    code: Type.String(),
    reason: Type.String(),
    hint: Type.String(),
    excerpt: Type.String({ maxLength: 2048, description: 'The start of what came.' }),
    suppressedCount: Type.Integer({
      minimum: 0,
      description: 'Refusals before this one that left no record of their own, since there were too many.',
    }),
  }),
});

export const orderEvents = [
  workOrderCreated,
  workOrderCancelRequested,
  workOrderCompleted,
  workOrderFailed,
  intakeRefused,
] as const;
