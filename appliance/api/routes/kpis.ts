import { Type } from 'typebox';
import { KpiWindow, kpiSpans, SloStatus } from '#contracts/kpis.ts';
import type { Api } from '../app.ts';
import type { KnownNames } from '../known-names.ts';
import type { ApiServices } from '../services.ts';
import { refuseTurned } from '../stretch.ts';

const instant = Type.Optional(Type.String({ format: 'date-time' }));

/** Figures of sagas by hour and day, and how they do against their objectives. */
export function kpiRoutes(app: Api, { kpis }: ApiServices, known: KnownNames): void {
  app.get(
    '/kpis',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['kpis'],
        summary: 'Figures of each kind of saga, oldest window first',
        description: 'Without a time: the last day of hours, or the last 28 days. Definitions: docs/kpis.md.',
        querystring: Type.Object(
          {
            span: Type.Enum([...kpiSpans], { default: 'hour' }),
            saga: Type.Optional(Type.String({ maxLength: 64 })),
            from: instant,
            to: instant,
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ windows: Type.Array(KpiWindow), objectives: Type.Array(SloStatus) }),
        },
      },
    },
    async (request) => {
      const { span, saga, from, to } = request.query;
      refuseTurned('querystring', { from, to });
      const [windows, objectives] = await Promise.all([
        kpis.windows({ span, saga, fromMs: msOf(from), toMs: msOf(to) }),
        kpis.slos(),
      ]);
      if (windows.length === 0) await known.saga('querystring.saga', saga);
      return { windows, objectives: objectives.filter((one) => saga === undefined || one.saga === saga) };
    },
  );
}

const msOf = (iso: string | undefined): number | undefined =>
  iso === undefined ? undefined : Date.parse(iso);
