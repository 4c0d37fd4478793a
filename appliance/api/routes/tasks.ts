import { Type } from 'typebox';
import { Task, TaskDecide } from '#contracts/api.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** What needs a person. */
export function taskRoutes(app: Api, { tasks }: ApiServices, repeatable: Repeatable): void {
  app.get(
    '/tasks',
    {
      config: { role: 'viewer' },
      schema: { tags: ['tasks'], response: { 200: Type.Object({ tasks: Type.Array(Task) }) } },
    },
    async () => ({ tasks: [...(await tasks.list())] }),
  );
  app.post(
    '/tasks/:id/claim',
    { config: { role: 'operator' }, schema: { tags: ['tasks'], params: Id, response: { 200: Task } } },
    (request) => tasks.claim(request.params.id, callerOf(request).user),
  );
  app.post(
    '/tasks/:id/decide',
    {
      config: { role: 'operator' },
      schema: { tags: ['tasks'], params: Id, body: TaskDecide, response: { 200: Task } },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { id } = request.params as { id: string };
        const { decision, note } = request.body as { decision: string; note?: string };
        return { status: 200, body: await tasks.decide(id, callerOf(request).user, decision, note) };
      }),
  );
}
