import { Type } from 'typebox';
import { ApplianceError } from '#contracts/errors.ts';
import {
  DefinitionVersion,
  Rollout,
  RolloutEnd,
  RolloutRequest,
  Shadow,
  ShadowReport,
  ShadowRequest,
  VersionChoice,
} from '#contracts/rollout.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { KnownNames } from '../known-names.ts';
import type { ApiServices } from '../services.ts';

const Name = Type.Object({ name: Type.String({ maxLength: 64 }) });
const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });
const VersionList = Type.Object({ versions: Type.Array(DefinitionVersion) });
const tags = ['versions'];

/** Versions of definitions: which one new sagas get, and what is tried beside it. */
export function rolloutRoutes(
  app: Api,
  { versions }: ApiServices,
  repeatable: Repeatable,
  known: KnownNames,
): void {
  const { rollouts, shadows } = versions;
  const viewer = { role: 'viewer' } as const;
  const technician = { role: 'technician' } as const;

  app.get(
    '/versions',
    {
      config: viewer,
      schema: {
        tags,
        summary: 'Every version that was ever here, with how many sagas run on it',
        querystring: Type.Object({ name: Type.Optional(Type.String({ maxLength: 48 })) }),
        response: { 200: VersionList },
      },
    },
    async ({ query: { name } }) => {
      const found = await versions.list(name);
      if (found.length === 0) await known.saga('querystring.name', name);
      return { versions: found };
    },
  );
  app.post(
    '/versions/:name/current',
    {
      config: technician,
      schema: {
        tags,
        summary: 'Make a version current, newer or older; sagas that run stay on theirs',
        params: Name,
        body: VersionChoice,
        response: { 200: VersionList },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { name } = request.params as { name: string };
        const { hash = null, reason } = request.body as VersionChoice;
        const list = await versions.choose(name, hash, callerOf(request).user, reason);
        return { status: 200, body: { versions: list } };
      }),
  );
  app.get(
    '/rollouts',
    {
      config: viewer,
      schema: {
        tags,
        summary: 'Rollouts, and how their versions compare',
        response: { 200: Type.Object({ rollouts: Type.Array(Rollout) }) },
      },
    },
    async () => ({ rollouts: await rollouts.list() }),
  );
  app.post(
    '/rollouts',
    {
      config: technician,
      schema: {
        tags,
        summary: 'Let a share of the new sagas try a version, watched by a guard',
        body: RolloutRequest,
        response: { 201: Rollout },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => ({
        status: 201,
        body: await rollouts.start(request.body as RolloutRequest, callerOf(request).user),
      })),
  );
  for (const [word, summary] of [
    ['promote', 'All new sagas get the version that was tried'],
    ['abort', 'No new saga gets the version that was tried; those on it end on it'],
  ] as const) {
    app.post(
      `/rollouts/:name/${word}`,
      {
        config: technician,
        schema: { tags, summary, params: Name, body: RolloutEnd, response: { 200: Rollout } },
      },
      (request, reply) =>
        repeatable(request, reply, async () => {
          const { name } = request.params as { name: string };
          const { reason } = request.body as { reason: string };
          return { status: 200, body: await rollouts[word](name, callerOf(request).user, reason) };
        }),
    );
  }
  app.get(
    '/shadows',
    {
      config: viewer,
      schema: {
        tags,
        summary: 'Shadows, and what they found',
        response: { 200: Type.Object({ shadows: Type.Array(Shadow) }) },
      },
    },
    async () => ({ shadows: await shadows.list() }),
  );
  app.post(
    '/shadows',
    {
      config: technician,
      schema: {
        tags,
        summary: 'Play a version over each saga that ends; it touches nothing',
        body: ShadowRequest,
        response: { 201: Shadow },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => ({
        status: 201,
        body: await shadows.start(request.body as ShadowRequest, callerOf(request).user),
      })),
  );
  app.post(
    '/shadows/:id/stop',
    {
      config: technician,
      schema: {
        tags,
        summary: 'End a shadow; its reports stay',
        params: Id,
        body: RolloutEnd,
        response: { 200: Shadow },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { id } = request.params as { id: string };
        const { reason } = request.body as { reason: string };
        return { status: 200, body: await shadows.end(id, callerOf(request).user, reason) };
      }),
  );
  app.get(
    '/shadows/:id/reports',
    {
      config: viewer,
      schema: {
        tags,
        summary: 'Where it would have acted differently, newest first',
        params: Id,
        querystring: Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }) }),
        response: { 200: Type.Object({ reports: Type.Array(ShadowReport) }) },
      },
    },
    async ({ params: { id }, query }) => {
      const reports = await shadows.reports(id, query.limit);
      if (reports.length === 0 && !(await shadows.list()).some(({ shadowId }) => shadowId === id)) {
        throw new ApplianceError('API_NOT_FOUND', { what: 'shadow', id });
      }
      return { reports };
    },
  );
}
