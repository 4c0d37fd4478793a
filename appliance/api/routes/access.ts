import { Type } from 'typebox';
import { roles } from '#contracts/site-file.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { ApiServices } from '../services.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const Id = Type.Object({ id: Name });
const Secret = Type.Object({ secret: Type.String({ description: 'Shown this once; kept as a hash only.' }) });
const Named = Type.Object({ name: Name, role: Type.Enum([...roles]) }, closed);
const admin = { config: { role: 'admin' } } as const;

/** Who may come in: people, machines, MQTT clients. */
export function accessRoutes(app: Api, { identity }: ApiServices): void {
  const made = (summary: string, body: ReturnType<typeof Type.Object>) => ({
    ...admin,
    schema: { tags: ['access'], summary, body, response: { 201: Secret } },
  });
  const gone = (summary: string) => ({ ...admin, schema: { tags: ['access'], summary, params: Id } });

  app.post('/access/users', made('Add a person with a first password', Named), async (request, reply) => {
    const { name, role } = request.body as { name: string; role: (typeof roles)[number] };
    return reply.code(201).send({ secret: await identity.addUser(name, role, callerOf(request).user) });
  });
  app.delete(
    '/access/users/:id',
    gone('End the sessions of a person and remove the account'),
    async (request, reply) => {
      await identity.removeUser(request.params.id, callerOf(request).user);
      return reply.code(204).send();
    },
  );
  app.post('/access/tokens', made('Make an access token for a machine', Named), async (request, reply) => {
    const { name, role } = request.body as { name: string; role: (typeof roles)[number] };
    return reply.code(201).send({ secret: await identity.issueToken(name, role, callerOf(request).user) });
  });
  app.delete('/access/tokens/:id', gone('Make an access token void'), async (request, reply) => {
    await identity.revokeToken(request.params.id, callerOf(request).user);
    return reply.code(204).send();
  });
  app.post(
    '/access/clients',
    made('Make the password of an MQTT client of the site file', Type.Object({ id: Name }, closed)),
    async (request, reply) => {
      const { id } = request.body as { id: string };
      return reply.code(201).send({ secret: await identity.addMqttClient(id, callerOf(request).user) });
    },
  );
  app.delete(
    '/access/clients/:id',
    gone('Take the password of an MQTT client away'),
    async (request, reply) => {
      await identity.removeMqttClient(request.params.id, callerOf(request).user);
      return reply.code(204).send();
    },
  );
  app.post(
    '/access/claim',
    made('Make a new one-time code', Type.Object({}, closed)),
    async (request, reply) =>
      reply.code(201).send({ secret: await identity.issueClaim(callerOf(request).user) }),
  );
}
