import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ChannelStatus, ChannelTest } from '#contracts/notify.ts';
import type { Absence, AbsenceEntry, PersonStatus } from '#contracts/people.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { ago } from './fake-time.ts';

const api = '/api/v1';
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

const person = (user: string, more: Partial<PersonStatus> = {}): PersonStatus => ({
  user,
  roles: ['operator'],
  skills: [],
  zones: [],
  onDuty: true,
  openTasks: 0,
  ...more,
});

export const people = (): PersonStatus[] => [
  person('jo', { skills: ['counting'], zones: ['north'] }),
  person('marta', { roles: ['operator', 'shift-lead'], openTasks: 1 }),
  person('bob', { onDuty: false }),
  person('sam', { onDuty: false }),
];

export const absences = (): Absence[] => [
  {
    absenceId: 'away-1',
    user: 'bob',
    from: ago(7_200),
    to: inHours(20),
    coveredBy: 'marta',
    note: 'Dentist',
    enteredBy: 'bob',
  },
  {
    absenceId: 'away-2',
    user: 'jo',
    from: inHours(48),
    to: inHours(72),
    coveredBy: null,
    note: null,
    enteredBy: 'jo',
  },
];

export const channels = (): ChannelStatus[] => [
  { name: 'pages', kind: 'ui', state: 'ok', reason: null, waitingCount: 0 },
  {
    name: 'mail',
    kind: 'smtp',
    state: 'failing',
    reason: 'mail.example refused the connection',
    waitingCount: 2,
  },
];

export function peopleRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  let away = absences();
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  const isEmpty = () => fake.state.robots.length === 0;
  app.get(`${api}/people`, async () => ({ people: isEmpty() ? [] : people() }));
  app.get(`${api}/people/absences`, async () => ({ absences: isEmpty() ? [] : away }));
  app.post(`${api}/people/absences`, async (request, reply) => {
    const entry = request.body as AbsenceEntry;
    const absence: Absence = {
      coveredBy: null,
      note: null,
      ...entry,
      absenceId: `away-${away.length + 1}`,
      enteredBy: fake.session.user,
    };
    away = [...away, absence];
    return reply.code(201).send(absence);
  });
  app.put(`${api}/people/absences/:id`, async (request) => {
    away = away.filter(({ absenceId }) => absenceId !== idOf(request));
    return {};
  });
  app.delete(`${api}/people/absences/:id`, async (request, reply) => {
    away = away.filter(({ absenceId }) => absenceId !== idOf(request));
    return reply.code(204).send();
  });
  app.post(`${api}/channels/:name/test`, async (request): Promise<ChannelTest> => {
    const { name } = request.params as { name: string };
    return { name, kind: 'ui', said: 'it stands on the open pages' };
  });
  app.get(`${api}/channels`, async () => ({ channels: isEmpty() ? [] : channels() }));
}
