import { Type } from 'typebox';
import { ModelSummary } from '#contracts/models.ts';
import type { Api } from '../app.ts';
import { callerOf } from '../auth.ts';
import type { ApiServices } from '../services.ts';

/** How the models of the site do, and the word that lets one be trusted again. */
export function modelRoutes(app: Api, { models }: ApiServices): void {
  app.get(
    '/models',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['models'],
        summary: 'Each model with its state, its accuracy and its stability',
        response: {
          200: Type.Object({
            models: Type.Array(ModelSummary),
            orderRisk: Type.Object({
              trained: Type.Boolean(),
              why: Type.String(),
              samples: Type.Integer(),
              exceptions: Type.Integer(),
              auc: Type.Union([Type.Number(), Type.Null()]),
            }),
          }),
        },
      },
    },
    () => ({ models: [...models.list()], orderRisk: models.risk() }),
  );
  app.post(
    '/models/:name/baseline',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['models'],
        summary: 'What is usual now counts as right from now on',
        params: Type.Object({ name: Type.String({ maxLength: 64 }) }),
        response: { 200: ModelSummary },
      },
    },
    (request) => models.rebase(request.params.name, callerOf(request).user),
  );
}
