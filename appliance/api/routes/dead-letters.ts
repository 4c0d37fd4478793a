import { Type } from 'typebox';
import {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterQuery,
  Redrive,
  RedriveDetail,
  RedriveMany,
  RedriveOne,
  RedrivePlanned,
} from '#contracts/dead-letters.ts';
import { ID_CHARS_MAX } from '#contracts/ids.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { KnownNames } from '../known-names.ts';
import type { ApiServices } from '../services.ts';
import { refuseTurned } from '../stretch.ts';

const Id = Type.Object({ id: Type.String({ maxLength: ID_CHARS_MAX }) });
const tags = ['dead letters'];

/** Work that could not go on by itself: what is known of it, and how it goes on, singly or many at once. */
export function deadLetterRoutes(
  app: Api,
  { deadLetters }: ApiServices,
  repeatable: Repeatable,
  known: KnownNames,
): void {
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id;
  /** Letters of a filter that finds none must at least be of something that there is. */
  const found = async (under: string, query: DeadLetterQuery): Promise<DeadLetter[]> => {
    refuseTurned(under, query);
    const letters = await deadLetters.list(query);
    if (letters.length === 0) {
      await known.saga(`${under}.definition`, query.definition);
      known.step(`${under}.step`, query.step);
      known.device(`${under}.device`, query.device);
    }
    return letters;
  };

  app.get(
    '/dead-letters',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Open ones, oldest first; closed ones newest first',
        querystring: DeadLetterQuery,
        response: { 200: Type.Object({ deadLetters: Type.Array(DeadLetter) }) },
      },
    },
    async (request) => ({ deadLetters: await found('querystring', request.query) }),
  );
  app.get(
    '/dead-letters/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'One, with its runbook', params: Id, response: { 200: DeadLetterDetail } },
    },
    (request) => deadLetters.get(request.params.id),
  );
  app.post(
    '/dead-letters/:id/redrive',
    {
      config: { role: 'technician' },
      schema: {
        tags,
        summary: 'Let one go on from its failed step, with another input if need be',
        params: Id,
        body: RedriveOne,
        response: { 200: DeadLetter },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { user } = callerOf(request);
        return {
          status: 200,
          body: await deadLetters.redrive(idOf(request), user, request.body as RedriveOne),
        };
      }),
  );
  app.post(
    '/dead-letters/:id/call',
    {
      config: { role: 'operator' },
      schema: {
        tags,
        summary: 'Call somebody by a channel that the runbook names',
        params: Id,
        body: Type.Object({ channel: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { channel } = request.body as { channel: string };
        await deadLetters.call(idOf(request), channel, callerOf(request).user);
        return { status: 202, body: { channel } };
      }),
  );
  app.post(
    '/redrives',
    {
      config: { role: 'technician' },
      schema: {
        tags,
        summary: 'Let many go on, oldest first',
        description:
          'With dryRun it only tells what would be done. Otherwise it goes on by itself, also after a restart.',
        body: RedriveMany,
        response: {
          200: Type.Object({ planned: Type.Array(RedrivePlanned) }),
          202: RedriveDetail,
        },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const order = request.body as RedriveMany;
        await found('body.filter', { ...order.filter, state: 'open', limit: 1 });
        if (order.dryRun) return { status: 200, body: { planned: await deadLetters.plan(order) } };
        return { status: 202, body: await deadLetters.redriveMany(callerOf(request).user, order) };
      }),
  );
  app.get(
    '/redrives',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Re-drives of many, newest first',
        response: { 200: Type.Object({ redrives: Type.Array(Redrive) }) },
      },
    },
    async () => ({ redrives: await deadLetters.redrives() }),
  );
  app.get(
    '/redrives/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'How far it has got', params: Id, response: { 200: RedriveDetail } },
    },
    (request) => deadLetters.redriveDetail(request.params.id),
  );
  app.post(
    '/redrives/:id/stop',
    {
      config: { role: 'technician' },
      schema: {
        tags,
        summary: 'Leave what has not been done yet',
        params: Id,
        response: { 200: RedriveDetail },
      },
    },
    (request) => deadLetters.stopRedrive(request.params.id),
  );
}
