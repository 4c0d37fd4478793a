import { Type } from 'typebox';
import { DemoFault, demoFaults } from '#contracts/api.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Api } from '../app.ts';
import type { ApiServices } from '../services.ts';

/** Breaking things on purpose; there only when the site file has a demo entry. */
export function demoRoutes(app: Api, { demo }: ApiServices): void {
  const theDemo = () => {
    if (demo === undefined) throw new ApplianceError('API_NOT_FOUND', { what: 'demo', id: 'on this site' });
    return demo;
  };
  app.get(
    '/demo/faults',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['demo'],
        summary: 'What can be broken, and what is',
        response: { 200: Type.Object({ faults: Type.Array(DemoFault) }) },
      },
    },
    () => ({ faults: [...theDemo().faults()] }),
  );
  app.post(
    '/demo/faults/:id',
    {
      config: { role: 'technician' },
      schema: {
        tags: ['demo'],
        summary: 'Break something, or mend it',
        params: Type.Object({ id: Type.Enum([...demoFaults]) }),
        body: Type.Object(
          { active: Type.Boolean(), target: Type.Optional(Type.String({ maxLength: 64 })) },
          { additionalProperties: false },
        ),
        response: { 200: DemoFault },
      },
    },
    (request) => theDemo().set(request.params.id, request.body.active, request.body.target),
  );
}
