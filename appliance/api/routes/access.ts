import { type TSchema, Type } from 'typebox';
import { roles } from '#contracts/site-file.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { ApiServices } from '../services.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
const Id = Type.Object({ id: Name });
const Secret = Type.Object({ secret: Type.String({ description: 'Shown this once; kept as a hash only.' }) });
const Named = Type.Object({ name: Name, role: Type.Enum([...roles]) }, closed);
const Created = Type.String({ format: 'date-time', description: 'When it was made.' });
const TokenRow = Type.Object({ name: Type.String(), role: Type.Enum([...roles]), createdAt: Created });
const UserRow = Type.Object({
  ...TokenRow.properties,
  mustSetPassword: Type.Boolean({ description: 'The first password is not changed yet.' }),
});
const ClientRow = Type.Object({
  id: Type.String(),
  inSiteFile: Type.Boolean({ description: 'Without it, it may not connect.' }),
  passwordAt: Type.Union([Created, Type.Null()]),
});
const UserRows = Type.Object({ users: Type.Array(UserRow) });
const TokenRows = Type.Object({ tokens: Type.Array(TokenRow) });
const ClientRows = Type.Object({ clients: Type.Array(ClientRow) });
const admin = { config: { role: 'admin' } } as const;

/** Who may come in: people, machines, MQTT clients. */
export function accessRoutes(app: Api, { identity, siteFile }: ApiServices): void {
  const made = (summary: string, body: ReturnType<typeof Type.Object>) => ({
    ...admin,
    schema: { tags: ['access'], summary, body, response: { 201: Secret } },
  });
  const gone = (summary: string) => ({ ...admin, schema: { tags: ['access'], summary, params: Id } });

  const listed = <T extends TSchema>(summary: string, answer: T) => ({
    ...admin,
    schema: { tags: ['access'], summary, response: { 200: answer } },
  });

  app.get('/access/users', listed('People who may sign in', UserRows), () => ({
    users: identity.listUsers().map(({ name, role, mustSetPassword, createdMs }) => ({
      name,
      role,
      mustSetPassword,
      createdAt: new Date(createdMs).toISOString(),
    })),
  }));
  app.get('/access/tokens', listed('Access tokens of machines', TokenRows), () => ({
    tokens: identity
      .listTokens()
      .map(({ name, role, createdMs }) => ({ name, role, createdAt: new Date(createdMs).toISOString() })),
  }));
  app.get(
    '/access/clients',
    listed('MQTT clients of the site file, and passwords without one', ClientRows),
    () => {
      const named = siteFile.mqtt.clients.map(({ id }) => id);
      const made = new Map(identity.listMqttClients().map(({ id, createdMs }) => [id, createdMs]));
      const clients = [...new Set([...named, ...made.keys()])].map((id) => {
        const madeMs = made.get(id);
        const passwordAt = madeMs === undefined ? null : new Date(madeMs).toISOString();
        return { id, inSiteFile: named.includes(id), passwordAt };
      });
      return { clients };
    },
  );
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
    gone('Take the password of an MQTT client away, and end its connections and stored sessions'),
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
