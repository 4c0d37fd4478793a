import { Type } from 'typebox';
import { Breaker } from '#contracts/breakers.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { ApiServices } from '../services.ts';

/** Circuit breakers of devices and endpoints. */
export function breakerRoutes(app: Api, { breakers }: ApiServices): void {
  app.get(
    '/breakers',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'Circuit breakers of the devices and endpoints that were used so far',
        response: { 200: Type.Object({ breakers: Type.Array(Breaker) }) },
      },
    },
    () => ({ breakers: [...breakers.list()] }),
  );
  app.post(
    '/breakers/:id/reset',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['sagas'],
        summary: 'Close a circuit breaker by hand, after its fault has been cured',
        params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
        response: { 200: Breaker },
      },
    },
    (request) => breakers.reset(request.params.id, callerOf(request).user),
  );
}
