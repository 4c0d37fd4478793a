import { Type } from 'typebox';
import { SagaDiagram } from '#contracts/diagram.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { SAGA_ID_CHARS_MAX } from '#contracts/ids.ts';
import { SagaPage, SagaQuery, SagaView } from '#contracts/saga-api.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { KnownNames } from '../known-names.ts';
import type { ApiServices } from '../services.ts';
import { refuseTurned } from '../stretch.ts';

const Hash = Type.Object({ hash: Type.String({ pattern: '^[0-9a-f]{64}$' }) });
const Id = Type.Object({ id: Type.String({ maxLength: SAGA_ID_CHARS_MAX }) });
const { attribute, ...filters } = SagaQuery.properties;
/** In a URL one attribute is a text and several are a list. */
const Query = Type.Object(
  { ...filters, attribute: Type.Optional(Type.Union([attribute, attribute.items])) },
  { additionalProperties: false },
);

/** Sagas, whatever they are about: found, looked at as of any moment, and asked to end. */
export function sagaRoutes(
  app: Api,
  { sagas }: ApiServices,
  repeatable: Repeatable,
  known: KnownNames,
): void {
  app.get(
    '/sagas',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'Find sagas',
        description: 'All that is given must hold. Pages follow one another by `next`.',
        querystring: Query,
        response: { 200: SagaPage },
      },
    },
    async ({ query: { attribute: wanted, ...query } }) => {
      refuseTurned('querystring', query);
      const attributes = wanted === undefined ? [] : [wanted].flat();
      const page = await sagas.search({
        ...query,
        ...(wanted === undefined ? {} : { attribute: attributes }),
      });
      if (page.sagas.length === 0 && page.next === null) {
        await known.saga('querystring.name', query.name);
        await known.version('querystring.hash', query.hash);
        known.attributes('querystring.attribute', attributes);
      }
      return page;
    },
  );
  app.get(
    '/sagas/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'A saga as it was right after one of its transitions',
        description:
          'Made anew from what was recorded: `at` counts transitions from 1. Without it, as it is now.',
        params: Id,
        querystring: Type.Object({ at: Type.Optional(Type.Integer({ minimum: 1 })) }),
        response: { 200: SagaView },
      },
    },
    async ({ params: { id }, query: { at } }) => {
      const view = await sagas.view(id, at);
      if (view === undefined) throw new ApplianceError('SAGA_NOT_FOUND', { sagaId: id });
      return view;
    },
  );
  app.get(
    '/diagrams/:hash',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'A definition as nodes and edges',
        description: 'By the hash that a saga or a version names. The same hash is always the same picture.',
        params: Hash,
        response: { 200: SagaDiagram },
      },
    },
    ({ params: { hash } }) => sagas.diagram(hash),
  );
  app.post(
    '/sagas/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['sagas'],
        summary: 'Ask for a saga to be ended and its effects undone',
        params: Id,
        body: Type.Object(
          { reason: Type.String({ minLength: 1, maxLength: 500 }) },
          { additionalProperties: false },
        ),
        response: { 202: Type.Object({ sagaId: Type.String() }) },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { id } = request.params as { id: string };
        const { reason } = request.body as { reason: string };
        await sagas.cancel(id, callerOf(request).user, reason);
        return { status: 202, body: { sagaId: id } };
      }),
  );
}
