import { Type } from 'typebox';
import { ApplianceError } from '#contracts/errors.ts';
import { ChannelStatus, ChannelTest } from '#contracts/notify.ts';
import { Absence, AbsenceEntry, PersonStatus } from '#contracts/people.ts';
import type { Api } from '../app.ts';
import { type Caller, callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** Who is there, who is away, and whether notices reach them. */
export function peopleRoutes(app: Api, services: ApiServices, repeatable: Repeatable): void {
  const { people, channels, tryChannel } = services;
  const { absences } = people;
  const operator = { config: { role: 'operator' } } as const;
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id;
  const known = (id: string): Absence => {
    const absence = absences.list().find(({ absenceId }) => absenceId === id);
    if (absence === undefined) throw new ApplianceError('API_NOT_FOUND', { what: 'absence', id });
    return absence;
  };

  app.get(
    '/people',
    {
      ...operator,
      schema: {
        tags: ['people'],
        summary: 'Who can be given a task',
        response: { 200: Type.Object({ people: Type.Array(PersonStatus) }) },
      },
    },
    () => ({ people: [...people.people()] }),
  );
  app.get(
    '/people/absences',
    {
      ...operator,
      schema: {
        tags: ['people'],
        summary: 'Who is away now or later, and who covers',
        response: { 200: Type.Object({ absences: Type.Array(Absence) }) },
      },
    },
    () => ({ absences: [...absences.list()] }),
  );
  app.post(
    '/people/absences',
    {
      ...operator,
      schema: {
        tags: ['people'],
        summary: 'Enter an absence: your own, or as a technician anybody’s',
        body: AbsenceEntry,
        response: { 201: Absence },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const entry = request.body as AbsenceEntry;
        const caller = callerOf(request);
        refuseForeign(caller, entry.user);
        return { status: 201, body: await absences.enter(entry, caller.user) };
      }),
  );
  app.put(
    '/people/absences/:id',
    {
      ...operator,
      schema: {
        tags: ['people'],
        summary: 'Change an absence',
        params: Id,
        body: AbsenceEntry,
        response: { 200: Absence },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const entry = request.body as AbsenceEntry;
        const caller = callerOf(request);
        refuseForeign(caller, known(idOf(request)).user);
        refuseForeign(caller, entry.user);
        return { status: 200, body: await absences.change(idOf(request), entry, caller.user) };
      }),
  );
  app.delete(
    '/people/absences/:id',
    { ...operator, schema: { tags: ['people'], summary: 'Remove an absence', params: Id } },
    async (request, reply) => {
      const caller = callerOf(request);
      refuseForeign(caller, known(request.params.id).user);
      await absences.remove(request.params.id, caller.user);
      return reply.code(204).send();
    },
  );
  app.get(
    '/channels',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['people'],
        summary: 'Whether notices get out',
        response: { 200: Type.Object({ channels: Type.Array(ChannelStatus) }) },
      },
    },
    () => ({ channels: [...channels()] }),
  );
  app.post(
    '/channels/:name/test',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['people'],
        summary: 'Send a test message through a channel, and say what became of it',
        description:
          'It goes at once, past the notices that wait. A light that is tried out goes off by itself.',
        params: Type.Object({ name: Type.String({ maxLength: 64 }) }),
        response: { 200: ChannelTest },
      },
    },
    (request) => tryChannel(request.params.name, callerOf(request).user),
  );
}

function refuseForeign({ user, role }: Caller, whose: string): void {
  if (user === whose || role === 'technician' || role === 'admin') return;
  throw new ApplianceError('API_FORBIDDEN', {
    role,
    action: `change an absence of ${whose}`,
    needed: 'technician',
  });
}
