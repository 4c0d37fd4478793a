import { Type } from 'typebox';
import { isApplianceError } from '#contracts/errors.ts';
import { readChange } from '../../intake/index.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { ApiServices } from '../services.ts';
import { recordUnread } from '../unread.ts';

/** Change events of a legacy database, as Debezium's HTTP sink sends them. */
export function intakeRoutes(app: Api, { intake, siteFile, log }: ApiServices): void {
  app.post(
    '/intake/debezium',
    {
      config: { role: 'operator' },
      schema: {
        tags: ['orders'],
        summary: 'Hand in a Debezium change event',
        description:
          'One envelope, JSON converter, with or without schema. Tables are mapped in the site file.',
        body: Type.Unsafe<unknown>({ description: 'The envelope, or null for a tombstone.' }),
      },
      validatorCompiler: () => () => true,
      errorHandler: recordUnread(intake, () => 'debezium', log),
    },
    async (request, reply) => {
      const origin = { intake: 'debezium', key: '', traceparent: request.traceparent } as const;
      const change = await read();
      if (change.kind === 'nothing') return reply.code(204).send();
      const named = {
        ...origin,
        key: change.kind === 'order' ? String(change.order.orderId) : change.orderId,
      };
      if (change.kind === 'cancel') {
        const { orderId, table } = change;
        try {
          await intake.cancel(orderId, `row deleted from ${table}`, callerOf(request).user, named);
        } catch (error) {
          // Old rows are purged. A connector that was told of an error would stop before all that comes after them.
          if (!isApplianceError(error, 'API_NOT_FOUND')) throw error;
          return reply.code(200).send({ orderId, outcome: 'nothing-to-cancel' });
        }
        return reply.code(202).send({ orderId, outcome: 'cancel-requested' });
      }
      const { order, outcome } = await intake.accept(change.order, named);
      return reply.code(outcome === 'accepted' ? 201 : 200).send({ orderId: order.orderId, outcome });

      async function read() {
        try {
          return readChange(request.body ?? null, siteFile.intake.debezium);
        } catch (error) {
          if (isApplianceError(error)) await intake.refuse(error, origin, request.body);
          throw error;
        }
      }
    },
  );
}
