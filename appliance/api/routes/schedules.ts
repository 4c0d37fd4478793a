import { Type } from 'typebox';
import { Schedule } from '#contracts/schedules.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

/** Sagas that begin by the clock. */
export function scheduleRoutes(app: Api, { schedules }: ApiServices): void {
  app.get(
    '/schedules',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['sagas'],
        summary: 'Schedules with their next and their last run',
        response: { 200: Type.Object({ schedules: Type.Array(Schedule) }) },
      },
    },
    () => ({ schedules: [...schedules.list()] }),
  );
}
