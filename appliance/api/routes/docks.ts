import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Dock, DockBook, DockBooking, DockReschedule } from '#contracts/docks.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });
const Reason = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 500 }) },
  { additionalProperties: false },
);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_SHOWN_MAX = 31;
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }));

/** Docks as a resource: a TMS or an autonomous truck sees what is free, books, moves, cancels, arrives and departs. */
export function dockRoutes(app: Api, { docks, clock }: ApiServices, repeatable: Repeatable): void {
  const answer = { tags: ['docks'], params: Id, response: { 200: DockBooking } };
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id;

  app.get(
    '/docks',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['docks'],
        summary: 'Docks with their bookings and free slots',
        querystring: Type.Object({
          from: time('Begin of the free slots; now without it.'),
          to: time('Their end; a day later without it, 31 days at most.'),
          minutes: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Only free slots that are as long at least.' }),
          ),
        }),
        response: { 200: Type.Object({ docks: Type.Array(Dock) }) },
      },
    },
    async ({ query }) => {
      const fromMs = query.from === undefined ? clock.nowMs() : Date.parse(query.from);
      const toMs = query.to === undefined ? fromMs + DAY_MS : Date.parse(query.to);
      if (!(toMs > fromMs) || toMs - fromMs > DAYS_SHOWN_MAX * DAY_MS) {
        throw new ApplianceError('API_INVALID', {
          field: 'querystring.to',
          problem: 'is not after from, or more than 31 days later',
          cure: 'Ask for a shorter stretch of time.',
        });
      }
      return { docks: [...(await docks.docks({ fromMs, toMs }, (query.minutes ?? 0) * MINUTE_MS))] };
    },
  );
  app.post(
    '/docks/bookings',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['docks'],
        summary: 'Book a slot',
        description:
          'Answered after it is on disk. A slot that is taken answers 409 with the next free ones; the same booking again changes nothing.',
        body: DockBook,
        response: { 200: DockBooking },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => ({
        status: 200,
        body: tagged(reply, await docks.book(request.body as DockBook, callerOf(request).user)),
      })),
  );
  app.get(
    '/docks/bookings/:id',
    { config: { role: 'viewer' }, schema: { ...answer, summary: 'One booking' } },
    async (request, reply) => tagged(reply, await docks.booking(idOf(request))),
  );
  app.post(
    '/docks/bookings/:id/reschedule',
    {
      config: { role: 'operator' },
      schema: {
        ...answer,
        summary: 'Move it to another time or dock',
        description: ifMatch,
        body: DockReschedule,
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { user } = callerOf(request);
        const to = request.body as DockReschedule;
        const moved = await docks.reschedule(idOf(request), to, user, revisionOf(request));
        return { status: 200, body: tagged(reply, moved) };
      }),
  );
  app.post(
    '/docks/bookings/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        ...answer,
        summary: 'Give the slot back; what was done is undone',
        description: ifMatch,
        body: Reason,
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { reason } = request.body as { reason: string };
        const { user } = callerOf(request);
        const cancelled = await docks.cancel(idOf(request), user, reason, revisionOf(request));
        return { status: 200, body: tagged(reply, cancelled) };
      }),
  );
  for (const [verb, summary] of [
    ['arrive', 'The vehicle is here'],
    ['depart', 'The vehicle has left'],
  ] as const) {
    app.post(
      `/docks/bookings/:id/${verb}`,
      { config: { role: 'operator' }, schema: { ...answer, summary } },
      (request, reply) =>
        repeatable(request, reply, async () => ({
          status: 200,
          body: tagged(reply, await docks[verb](idOf(request), callerOf(request).user)),
        })),
    );
  }
  app.post(
    '/docks/:id/out-of-order',
    {
      config: { role: 'operator' },
      schema: { tags: ['docks'], summary: 'Nobody is sent to it', params: Id, body: Reason },
    },
    async (request) => {
      const { reason } = request.body as { reason: string };
      await docks.setOrder(request.params.id, reason, callerOf(request).user);
      return { dockId: request.params.id };
    },
  );
  app.post(
    '/docks/:id/in-order',
    { config: { role: 'technician' }, schema: { tags: ['docks'], summary: 'It works again', params: Id } },
    async (request) => {
      await docks.setOrder(request.params.id, null, callerOf(request).user);
      return { dockId: request.params.id };
    },
  );
}

const ifMatch = 'With If-Match, only as long as the booking is at the revision of that ETag; otherwise 412.';

function tagged(reply: FastifyReply, booking: DockBooking): DockBooking {
  reply.header('etag', `"${booking.revision}"`);
  return booking;
}

/** What If-Match wants; undefined: whatever it is. */
function revisionOf({ headers }: FastifyRequest): number | undefined {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*') return undefined;
  const revision = /^"(\d+)"$/.exec(wanted)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new ApplianceError('API_INVALID', {
    field: 'if-match',
    problem: 'is no ETag of a booking',
    cure: 'Send the ETag of the answer that you have seen, such as "3", with its quotes.',
  });
}
