import { Type } from 'typebox';
import { Refusal, UplinkStatus } from '#contracts/api.ts';
import { Envelope, type Lane, lanes } from '#contracts/events/envelope.ts';
import { offset } from '#contracts/ids.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

/** What leaves the site, what the log holds, and what was refused. */
export function syncRoutes(app: Api, { uplinks, store, intake }: ApiServices): void {
  app.get(
    '/uplinks',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sync'],
        summary: 'Uplinks with their backlogs',
        response: { 200: Type.Object({ uplinks: Type.Array(UplinkStatus) }) },
      },
    },
    () => ({ uplinks: [...uplinks()] }),
  );
  app.get(
    '/events',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['sync'],
        summary: 'Read the log',
        querystring: Type.Object({
          after: Type.Integer({ minimum: 0, default: 0, description: 'Offset to read on from.' }),
          limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
          lane: Type.Optional(Type.Enum([...lanes])),
          type: Type.Optional(Type.String({ maxLength: 128 })),
        }),
        response: {
          200: Type.Object({ events: Type.Array(Type.Object({ offset: Type.Integer(), event: Envelope })) }),
        },
      },
    },
    async ({ query }) => {
      const records = await store.readLog(offset(query.after), {
        countMax: query.limit,
        ...(query.lane === undefined ? {} : { lanes: [query.lane as Lane] }),
        ...(query.type === undefined ? {} : { types: [query.type] }),
      });
      return { events: records.map((record) => ({ offset: record.offset as number, event: record.event })) };
    },
  );
  app.get(
    '/refusals',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['orders'],
        summary: 'What the intake refused, newest first',
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }) }),
        response: { 200: Type.Object({ refusals: Type.Array(Refusal) }) },
      },
    },
    async (request) => ({ refusals: [...(await intake.refusals(request.query.limit))] }),
  );
}
