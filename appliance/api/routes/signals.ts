import { Type } from 'typebox';
import { SAGA_ID_CHARS_MAX } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import { SignalSend } from '#contracts/signals.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

/** What the outside world tells sagas. */
export function signalRoutes(app: Api, { signal }: ApiServices): void {
  app.post(
    '/sagas/:id/signals',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['sagas'],
        summary: 'Tell a saga what it waits for',
        description:
          'Answered after it is on disk. It may come before the saga waits for it, or exists; its id makes it repeatable. For a saga that has ended: 409. When too many wait for sagas that have not begun: 429.',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: SAGA_ID_CHARS_MAX }) }),
        body: SignalSend,
        response: { 202: Type.Object({ accepted: Type.Literal(true) }) },
      },
    },
    async (request, reply) => {
      const { id, name, payload, expiresAt } = request.body;
      await signal(request.params.id, {
        id,
        name,
        payload: payload as Json,
        ...(expiresAt === undefined ? {} : { expiresAtMs: Date.parse(expiresAt) }),
      });
      return reply.code(202).send({ accepted: true });
    },
  );
}
