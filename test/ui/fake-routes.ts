import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DemoFaultId, Floor, Session } from '#contracts/api.ts';
import type { WorkOrder } from '#contracts/events/order.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { dockRoutes } from './fake-docks.ts';
import { figureRoutes } from './fake-figures.ts';
import { letterRoutes } from './fake-letters.ts';
import { machineryRoutes } from './fake-machinery.ts';
import { detailOf, refusals } from './fake-orders.ts';
import { peopleRoutes } from './fake-people.ts';
import { sagaRoutes } from './fake-sagas.ts';
import { taskRoutes } from './fake-tasks.ts';
import { CODE, COOKIE, PASSWORD, problem } from './fake-words.ts';

const api = '/api/v1';

/** The routes of the contract, as far as the pages use them. */
export function addRoutes(
  app: FastifyInstance,
  fake: FakeAppliance,
  signedIn: Set<string>,
  floor: Floor,
): void {
  sessionRoutes(app, fake, signedIn);
  orderRoutes(app, fake);
  taskRoutes(app, fake);
  sagaRoutes(app, fake);
  letterRoutes(app, fake);
  peopleRoutes(app, fake);
  dockRoutes(app, fake);
  figureRoutes(app, fake);
  machineryRoutes(app, fake);
  app.get(`${api}/floor`, async () =>
    fake.state.robots.length === 0 ? { ...floor, rows: [], places: [] } : floor,
  );
  app.get(`${api}/refusals`, async () => ({ refusals: fake.state.orders.length === 0 ? [] : refusals }));
  app.post(`${api}/alarms/:id/acknowledge`, async (request) => {
    const alarm = fake.state.alarms.find((row) => row.alarmId === idOf(request));
    if (alarm !== undefined) {
      fake.change([
        { collection: 'alarms', put: [{ ...alarm, acknowledgedBy: fake.session.user }], remove: [] },
      ]);
    }
    return {};
  });
  app.post(`${api}/interlocks/:id/reset`, async (request) => {
    const interlock = fake.state.interlocks.find((row) => row.id === idOf(request));
    if (interlock !== undefined) {
      fake.change([
        {
          collection: 'interlocks',
          put: [{ ...interlock, met: true, needsReset: false, reason: null }],
          remove: [],
        },
      ]);
    }
    return {};
  });
  app.post(`${api}/demo/faults/:id`, async (request) => {
    const { active, target } = request.body as { active: boolean; target?: string };
    const fault = { id: idOf(request) as DemoFaultId, active, target: active ? (target ?? null) : null };
    fake.change([{ collection: 'faults', put: [fault], remove: [] }]);
    return fault;
  });
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;

function sessionRoutes(app: FastifyInstance, fake: FakeAppliance, signedIn: Set<string>): void {
  const codes = new Set([CODE]);
  const enter = (): { token: string; session: Session } => {
    const token = `token-${signedIn.size + 1}-${Date.now()}`;
    signedIn.add(token);
    return { token, session: fake.session };
  };
  const cookie = { httpOnly: true, sameSite: 'strict', path: '/' } as const;
  app.get(`${api}/session`, async (request, reply) =>
    signedIn.has(request.cookies[COOKIE] ?? '')
      ? fake.session
      : reply
          .code(401)
          .send(
            problem(401, 'API_UNAUTHENTICATED', 'Sign in first', 'Open the page with the one-time code.'),
          ),
  );
  app.post(`${api}/session/claim`, async (request, reply) => {
    const { code } = request.body as { code: string };
    if (!codes.delete(code)) {
      return reply
        .code(401)
        .send(
          problem(
            401,
            'API_UNAUTHENTICATED',
            'The code was used or has expired',
            'Ask for a new one: holdfast user code',
          ),
        );
    }
    const { token, session } = enter();
    return reply.setCookie(COOKIE, token, cookie).send(session);
  });
  app.post(`${api}/session`, async (request, reply) => {
    const { user, password } = request.body as { user: string; password: string };
    if (user !== fake.session.user || password !== PASSWORD) {
      return reply
        .code(401)
        .send(
          problem(
            401,
            'API_UNAUTHENTICATED',
            'User or password is wrong',
            'Check the keyboard’s capital letters.',
          ),
        );
    }
    const { token, session } = enter();
    return reply.setCookie(COOKIE, token, cookie).send(session);
  });
  app.post(`${api}/session/password`, async () => {
    fake.session = { ...fake.session, mustSetPassword: false };
    return {};
  });
  app.delete(`${api}/session`, async (request, reply) => {
    signedIn.delete(request.cookies[COOKIE] ?? '');
    return reply.clearCookie(COOKIE, { path: '/' }).code(204).send();
  });
}

function orderRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  app.get(`${api}/orders`, async () => ({ orders: [] }));
  app.get(`${api}/orders/:id`, async (request, reply) => {
    const order = fake.state.orders.find((row) => row.orderId === idOf(request));
    if (order !== undefined) return detailOf(order);
    return reply
      .code(404)
      .send(problem(404, 'API_NOT_FOUND', `There is no order ${idOf(request)}`, 'Look it up in the list.'));
  });
  app.post(`${api}/orders`, async (request, reply) => {
    const order = request.body as WorkOrder;
    const now = new Date().toISOString();
    const summary = {
      orderId: order.orderId,
      state: 'accepted' as const,
      priority: order.priority,
      lineCount: order.lines.length,
      pieceCount: order.lines.reduce((sum, line) => sum + line.quantity, 0),
      destination: order.destination,
      risk: null,
      customer: null,
      step: null,
      robot: null,
      acceptedAt: now,
      changedAt: now,
      sagaId: null,
      taskId: null,
    };
    fake.change([{ collection: 'orders', put: [summary], remove: [] }]);
    return reply.code(201).send(summary);
  });
  app.post(`${api}/orders/:id/cancel`, async (request, reply) => {
    const order = fake.state.orders.find((row) => row.orderId === idOf(request));
    if (order !== undefined) {
      fake.change([{ collection: 'orders', put: [{ ...order, state: 'cancelled' }], remove: [] }]);
    }
    return reply.code(202).send({});
  });
}
