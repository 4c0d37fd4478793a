import { Type } from 'typebox';
import { LimitQueue } from '#contracts/limits.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

/** Limits of concurrency and rate. */
export function limitRoutes(app: Api, { limits }: ApiServices): void {
  app.get(
    '/limits',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'Limits in use now, with who has a turn and who waits',
        response: { 200: Type.Object({ limits: Type.Array(LimitQueue) }) },
      },
    },
    () => ({ limits: [...limits()] }),
  );
}
