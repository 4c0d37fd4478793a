import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { SagaDiagram } from '#contracts/diagram.ts';
import { DefinitionVersion, Rollout, Shadow, ShadowReport } from '#contracts/rollout.ts';
import { SagaPage, type SagaSummary, SagaView } from '#contracts/saga-api.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { handoff } from './fake-docks.ts';
import { diagramOfHash, sagas, viewOf } from './fake-saga-lives.ts';
import { reports, rollouts, shadows, versions } from './fake-versions.ts';
import { problem } from './fake-words.ts';

const api = '/api/v1';
const parameter = (request: FastifyRequest, name: string): string =>
  (request.params as Record<string, string>)[name] ?? '';

/** What the appliance would refuse to answer, this one refuses too. */
function told<T>(schema: TSchema, body: T): T {
  const [wrong] = Value.Errors(schema, body);
  if (wrong !== undefined) throw new Error(`${wrong.instancePath} ${wrong.message}`);
  return body;
}

const missing = (what: string) =>
  problem(404, 'SAGA_NOT_FOUND', `There is no ${what}`, 'Look it up in the list.');

export function sagaRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  const isNew = fake.state.orders.length === 0;
  const all = isNew ? [] : sagas();
  const tried = isNew ? [] : rollouts();
  const played = isNew ? [] : shadows();
  app.get(`${api}/sagas`, async (request) => {
    const query = request.query as Record<string, string>;
    const found = all.filter((saga) => fits(saga, query));
    const from = Number(query.after ?? 0);
    const limit = Number(query.limit ?? 50);
    const next = from + limit < found.length ? String(from + limit) : null;
    return told(SagaPage, {
      sagas: found.slice(from, from + limit),
      next,
      count: from === 0 ? { atLeast: found.length, exact: true } : null,
    });
  });
  app.get(`${api}/sagas/:id`, async (request, reply) => {
    const loading = handoff(parameter(request, 'id'));
    if (loading !== undefined) return told(SagaView, loading);
    const saga = all.find(({ sagaId }) => sagaId === parameter(request, 'id'));
    const { at } = request.query as { at?: string };
    if (saga === undefined) return reply.code(404).send(missing('such saga'));
    return told(SagaView, viewOf(saga, at === undefined ? null : Number(at)));
  });
  app.post(`${api}/sagas/:id/cancel`, async (request, reply) =>
    reply.code(202).send({ sagaId: parameter(request, 'id') }),
  );
  app.get(`${api}/diagrams/:hash`, async (request, reply) => {
    const diagram = diagramOfHash(parameter(request, 'hash'));
    return diagram === undefined ? reply.code(404).send(missing('such version')) : told(SagaDiagram, diagram);
  });
  app.get(`${api}/versions`, async () =>
    told(Type.Object({ versions: Type.Array(DefinitionVersion) }), { versions: isNew ? [] : versions() }),
  );
  app.get(`${api}/rollouts`, async () =>
    told(Type.Object({ rollouts: Type.Array(Rollout) }), { rollouts: tried }),
  );
  for (const [word, state] of [
    ['promote', 'promoted'],
    ['abort', 'aborted'],
  ] as const) {
    app.post(`${api}/rollouts/:name/${word}`, async (request) => {
      const at = tried.findIndex(({ name }) => name === parameter(request, 'name'));
      const rollout = tried[at];
      if (rollout === undefined) throw new Error('nothing is tried');
      const { reason } = request.body as { reason: string };
      const ended = { endedAt: new Date().toISOString(), endedBy: fake.session.user, endReason: reason };
      tried[at] = { ...rollout, state, ...ended };
      return tried[at];
    });
  }
  app.post(`${api}/rollouts`, async (request, reply) => reply.code(201).send(request.body));
  app.post(`${api}/versions/:name/current`, async () => ({ versions: versions() }));
  app.get(`${api}/shadows`, async () =>
    told(Type.Object({ shadows: Type.Array(Shadow) }), { shadows: played }),
  );
  app.post(`${api}/shadows`, async (request, reply) => reply.code(201).send(request.body));
  app.post(`${api}/shadows/:id/stop`, async () => played[0]);
  app.get(`${api}/shadows/:id/reports`, async () =>
    told(Type.Object({ reports: Type.Array(ShadowReport) }), { reports: reports() }),
  );
}

function fits(
  saga: SagaSummary,
  { text, correlation, name, status, from, to, id }: Record<string, string>,
): boolean {
  const words = Object.values(saga.attributes).join(' ').toLowerCase();
  return (
    (text === undefined || words.includes(text.toLowerCase())) &&
    (correlation === undefined || saga.correlationId.startsWith(correlation)) &&
    (name === undefined || saga.name === name) &&
    (status === undefined || saga.status === status) &&
    (from === undefined || saga.startedAt >= from) &&
    (to === undefined || saga.startedAt < to) &&
    (id === undefined || saga.sagaId.startsWith(id))
  );
}
