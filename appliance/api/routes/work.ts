import { Type } from 'typebox';
import { ApplianceError } from '#contracts/errors.ts';
import { uuidv7 } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import { WorkKind, WorkStart, WorkStarted } from '#contracts/work.ts';
import type { Api } from '../app.ts';
import type { Repeatable } from '../idempotency.ts';
import type { ApiServices } from '../services.ts';

/** Work that is begun by hand: putting away, replenishing, counting, and what the site has written itself. */
export function workRoutes(app: Api, { work, sagas, clock }: ApiServices, repeatable: Repeatable): void {
  app.get(
    '/work',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['work'],
        summary: 'What can be begun, and what it takes',
        response: { 200: Type.Object({ work: Type.Array(WorkKind) }) },
      },
    },
    () => ({ work: [...work.kinds()] }),
  );
  app.post(
    '/work/:saga',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['work'],
        summary: 'Begin a piece of work',
        description: 'Answered after it is on disk. The same id again begins nothing and answers 200.',
        params: Type.Object({ saga: Type.String({ maxLength: 48 }) }),
        body: WorkStart,
        response: { 200: WorkStarted, 201: WorkStarted },
      },
    },
    (request, reply) =>
      repeatable(request, reply, async () => {
        const { saga } = request.params as { saga: string };
        const { id = uuidv7(clock.nowMs()), input } = request.body as WorkStart;
        // Those that a desk begins are refused by the engine, which says what begins them instead.
        const names = [
          ...work.kinds().map((kind) => kind.saga),
          ...sagas.definitions().map(({ name }) => name),
        ];
        if (!names.includes(saga)) {
          throw new ApplianceError('API_NOT_FOUND', { what: 'work', id: saga });
        }
        const sagaId = `${saga}:${id}`;
        const { traceparent } = request;
        const outcome = await work.begin(saga, sagaId, input as Json, {
          ...(traceparent === undefined ? {} : { traceparent }),
        });
        return { status: outcome === 'changed' ? 201 : 200, body: { sagaId } };
      }),
  );
}
