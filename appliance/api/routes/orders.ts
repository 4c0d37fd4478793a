import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { OrderDetail, OrderSummary, orderStates, SiteSummary } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { WorkOrder } from '#contracts/events/order.ts';
import { WorkOrder as WorkOrderSchema } from '#contracts/events/order.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';
import { recordUnread } from '../unread.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** Orders: in, listed, looked at, cancelled. */
export function orderRoutes(app: Api, services: ApiServices, repeatable: Repeatable): void {
  const { intake, orders, summary, clock, log } = services;
  const errorHandler = recordUnread(intake, wayIn, log);

  app.get(
    '/summary',
    {
      config: { role: 'viewer' },
      schema: { tags: ['orders'], summary: 'The site in a few figures', response: { 200: SiteSummary } },
    },
    () => summary(),
  );
  app.get(
    '/orders',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['orders'],
        summary: 'Orders, newest first',
        querystring: Type.Object({
          state: Type.Optional(Type.Enum([...orderStates])),
          limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
          before: Type.Optional(
            Type.String({ description: 'changedAt of the last row of the page before.' }),
          ),
        }),
        response: { 200: Type.Object({ orders: Type.Array(OrderSummary) }) },
      },
    },
    async (request) => ({ orders: [...(await orders.list(request.query))] }),
  );
  app.get(
    '/orders/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['orders'],
        summary: 'One order, and what happened to it',
        params: Id,
        response: { 200: OrderDetail },
      },
    },
    async (request) => {
      const order = await orders.get(request.params.id);
      if (order === undefined)
        throw new ApplianceError('API_NOT_FOUND', { what: 'order', id: request.params.id });
      return order;
    },
  );
  app.post(
    '/orders',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['orders'],
        summary: 'Hand in a work order',
        description: 'Answered after it is on disk. The same order again changes nothing and answers 200.',
        // Described here, checked by the intake: its refusals are recorded and name the cure.
        body: Type.Unsafe<unknown>({
          type: 'object',
          additionalProperties: true,
          description: 'orderId and lines are required; the rest has defaults.',
          examples: [{ orderId: 'A-1001', lines: [{ sku: 'MUG-BLUE', quantity: 2 }] }],
          properties: WorkOrderSchema.properties,
        }),
        response: { 200: OrderSummary, 201: OrderSummary },
      },
      validatorCompiler: () => () => true,
      errorHandler,
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const key = (request.body as { orderId?: unknown } | null)?.orderId;
        const { order, outcome } = await intake.accept(request.body, {
          intake: wayIn(request),
          key: typeof key === 'string' ? key : '',
          traceparent: request.traceparent,
        });
        const known = await orders.get(order.orderId);
        const body = known ?? acceptedSummary(order, clock.nowMs());
        return { status: outcome === 'accepted' ? 201 : 200, body };
      }),
  );
  app.post(
    '/orders/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['orders'],
        summary: 'Ask for an order to be cancelled and its effects undone',
        params: Id,
        body: Type.Object(
          { reason: Type.String({ minLength: 1, maxLength: 500 }) },
          { additionalProperties: false },
        ),
      },
      errorHandler,
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { id } = request.params as { id: string };
        const { reason } = request.body as { reason: string };
        const origin = { intake: wayIn(request), key: id, traceparent: request.traceparent };
        await intake.cancel(id, reason, callerOf(request).user, origin);
        return { status: 202, body: { orderId: id } };
      }),
  );
}

/** A machine that plays a file says so; a person's browser is always a person's browser. */
function wayIn({ caller, headers }: FastifyRequest): 'http' | 'replay' {
  return caller?.via !== 'session' && headers['x-holdfast-intake'] === 'replay' ? 'replay' : 'http';
}

/** What is known of an order between its acceptance and the orchestrator's first look at it. */
function acceptedSummary(order: WorkOrder, nowMs: number): OrderSummary {
  const at = new Date(nowMs).toISOString();
  return {
    orderId: order.orderId,
    state: 'accepted',
    priority: order.priority,
    risk: null,
    lineCount: order.lines.length,
    pieceCount: order.lines.reduce((sum, line) => sum + line.quantity, 0),
    destination: order.destination,
    customer: order.customer ?? null,
    step: null,
    robot: null,
    acceptedAt: at,
    changedAt: at,
    sagaId: null,
    taskId: null,
  };
}
