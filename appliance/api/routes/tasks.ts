import { Type } from 'typebox';
import { Task } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { ID_CHARS_MAX } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import { TaskDecide, TaskDelegate, TaskGiveBack, TaskPage, TaskQuery } from '#contracts/tasks-api.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { KnownNames } from '../known-names.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: ID_CHARS_MAX }) });

/** What needs a person. */
export function taskRoutes(
  app: Api,
  { tasks, deadLetters }: ApiServices,
  repeatable: Repeatable,
  known: KnownNames,
): void {
  const operator = { config: { role: 'operator' } } as const;
  const change = (summary: string) => ({ tags: ['tasks'], summary, params: Id, response: { 200: Task } });
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id;

  app.get(
    '/tasks',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary: 'Open tasks, oldest first; ended ones by their state, newest first',
        querystring: TaskQuery,
        response: { 200: Type.Object({ tasks: Type.Array(Task) }) },
      },
    },
    async (request) => {
      const found = await tasks.list(request.query, callerOf(request).user);
      const { role } = request.query;
      // Tasks of everybody are found for any role.
      if (!found.some((task) => task.role === role)) known.role('querystring.role', role);
      return { tasks: [...found] };
    },
  );
  app.get(
    '/tasks/:id',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['tasks'],
        summary: 'A task, all that happened to it, and its runbook',
        params: Id,
        response: { 200: TaskPage },
      },
    },
    async (request) => {
      const { id } = request.params;
      const task = await tasks.detail(id);
      if (task === undefined) throw new ApplianceError('API_NOT_FOUND', { what: 'task', id });
      return { ...task, runbook: await deadLetters.runbook(id) };
    },
  );
  app.post('/tasks/:id/claim', { ...operator, schema: change('Take a task') }, (request) =>
    tasks.claim(request.params.id, callerOf(request)),
  );
  app.post('/tasks/:id/start', { ...operator, schema: change('Begin to work on a task') }, (request) =>
    tasks.begin(request.params.id, callerOf(request)),
  );
  app.post(
    '/tasks/:id/decide',
    { ...operator, schema: { ...change('Say what is to be done'), body: TaskDecide } },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { decision, note, form } = request.body as { decision: string; note?: string; form?: Json };
        return {
          status: 200,
          body: await tasks.decide(idOf(request), callerOf(request), { decision, note, form }),
        };
      }),
  );
  app.post(
    '/tasks/:id/decline',
    { ...operator, schema: { ...change('Let somebody else do it'), body: TaskGiveBack } },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { note } = request.body as { note?: string };
        return { status: 200, body: await tasks.decline(idOf(request), callerOf(request), note) };
      }),
  );
  app.post(
    '/tasks/:id/release',
    {
      ...operator,
      schema: { ...change('Give a claimed task back; a technician takes it back'), body: TaskGiveBack },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { note } = request.body as { note?: string };
        return { status: 200, body: await tasks.release(idOf(request), callerOf(request), note) };
      }),
  );
  app.post(
    '/tasks/:id/delegate',
    { ...operator, schema: { ...change('Hand a task to somebody by name'), body: TaskDelegate } },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { to, note } = request.body as { to: string; note?: string };
        return { status: 200, body: await tasks.delegate(idOf(request), callerOf(request), to, note) };
      }),
  );
}
