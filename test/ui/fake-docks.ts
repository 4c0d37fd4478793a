import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Dock, DockBook, DockBooking, DockReschedule } from '#contracts/docks.ts';
import type { NodeView, SagaView } from '#contracts/saga-api.ts';
import type { WorkKind } from '#contracts/work.ts';
import type { FakeAppliance } from './fake-appliance.ts';
import { ago } from './fake-time.ts';
import { problem } from './fake-words.ts';

const api = '/api/v1';
const MINUTE_MS = 60_000;
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

const booked = (bookingId: string, dockId: string, more: Partial<DockBooking> = {}): DockBooking => ({
  bookingId,
  dockId,
  from: inMinutes(-20),
  to: inMinutes(40),
  vehicle: 'B-HF 417',
  carrier: 'Rapid Freight',
  lines: [
    { sku: '22745', quantity: 48 },
    { sku: '84879', quantity: 120 },
    { sku: '21730', quantity: 36 },
  ],
  state: 'booked',
  reason: null,
  bookedBy: 'tms',
  sagaId: `dock-handoff:${bookingId}`,
  revision: 1,
  ...more,
});

export const bookings = (): DockBooking[] => [
  booked('B-1', 'dock-1', { state: 'arrived' }),
  booked('B-2', 'dock-1', { from: inMinutes(60), to: inMinutes(120), vehicle: 'HH-TR 9', carrier: null }),
  booked('B-3', 'dock-2', { from: inMinutes(-12), to: inMinutes(48), vehicle: 'AT-17' }),
  booked('B-0', 'dock-1', {
    from: inMinutes(-90),
    to: inMinutes(-25),
    vehicle: 'GONE 1',
    state: 'departed',
  }),
];

const faults: Readonly<Record<string, string>> = { 'dock-3': 'The gate does not close' };

/** What is left of a stretch of time beside bookings that do not overlap. */
function freeBeside(taken: readonly DockBooking[], from: string, to: string): Dock['free'] {
  const free: Dock['free'] = [];
  let begin = from;
  for (const one of taken.toSorted((a, b) => a.from.localeCompare(b.from))) {
    if (one.to <= begin || one.from >= to) continue;
    if (one.from > begin) free.push({ from: begin, to: one.from });
    begin = one.to;
  }
  return begin < to ? [...free, { from: begin, to }] : free;
}

export function dockRoutes(app: FastifyInstance, fake: FakeAppliance): void {
  let rows = bookings();
  let broken: Readonly<Record<string, string>> = faults;
  const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
  const isEmpty = () => fake.state.robots.length === 0;
  const holds = ({ state }: DockBooking) => state === 'booked' || state === 'arrived';
  const dock = (dockId: string, from: string, to: string): Dock => {
    const mine = rows.filter((row) => row.dockId === dockId && holds(row));
    const reason = broken[dockId] ?? null;
    const isOccupied = mine.some(({ state }) => state === 'arrived');
    return {
      dockId,
      place: dockId.replace('dock', 'bay'),
      state: reason !== null ? 'out-of-order' : isOccupied ? 'occupied' : 'free',
      reason,
      bookings: mine.toSorted((a, b) => a.from.localeCompare(b.from)),
      ended: rows.filter((row) => row.dockId === dockId && !holds(row)),
      free: reason === null ? freeBeside(mine, from, to) : [],
    };
  };
  const put = (bookingId: string, more: Partial<DockBooking>): DockBooking | undefined => {
    rows = rows.map((row) => (row.bookingId === bookingId ? { ...row, ...more } : row));
    return rows.find((row) => row.bookingId === bookingId);
  };

  app.get(`${api}/docks`, async (request) => {
    const { from = ago(0), to = inMinutes(1_440) } = request.query as { from?: string; to?: string };
    return { docks: isEmpty() ? [] : ['dock-1', 'dock-2', 'dock-3'].map((id) => dock(id, from, to)) };
  });
  app.get(`${api}/docks/bookings/:id`, async (request, reply) => {
    const row = rows.find(({ bookingId }) => bookingId === idOf(request));
    if (row !== undefined) return row;
    return reply
      .code(404)
      .send(problem(404, 'DOCK_BOOKING_NOT_FOUND', `There is no booking ${idOf(request)}`, 'See the docks.'));
  });
  app.post(`${api}/docks/bookings`, async (request) => {
    const { minutes, dockId = 'dock-2', carrier = null, ...rest } = request.body as DockBook;
    const to = new Date(Date.parse(rest.from) + minutes * MINUTE_MS).toISOString();
    const made = booked(rest.bookingId, dockId, { ...rest, carrier, to, bookedBy: fake.session.user });
    rows = [...rows, made];
    return made;
  });
  app.post(`${api}/docks/bookings/:id/reschedule`, async (request) => {
    const { from, minutes = 60, dockId } = request.body as DockReschedule;
    const to = new Date(Date.parse(from) + minutes * MINUTE_MS).toISOString();
    return put(idOf(request), { from, to, ...(dockId === undefined ? {} : { dockId }) });
  });
  app.post(`${api}/docks/bookings/:id/cancel`, async (request) =>
    put(idOf(request), { state: 'cancelled', reason: (request.body as { reason: string }).reason }),
  );
  app.post(`${api}/docks/bookings/:id/arrive`, async (request) => put(idOf(request), { state: 'arrived' }));
  app.post(`${api}/docks/bookings/:id/depart`, async (request) => put(idOf(request), { state: 'departed' }));
  app.post(`${api}/docks/:id/out-of-order`, async (request) => {
    broken = { ...broken, [idOf(request)]: (request.body as { reason: string }).reason };
    return { dockId: idOf(request) };
  });
  app.post(`${api}/docks/:id/in-order`, async (request) => {
    broken = Object.fromEntries(Object.entries(broken).filter(([dockId]) => dockId !== idOf(request)));
    return { dockId: idOf(request) };
  });
  app.get(`${api}/work`, async () => ({ work: isEmpty() ? [] : workKinds }));
  app.post(`${api}/work/:id`, async (request, reply) =>
    reply.code(201).send({ sagaId: `${idOf(request)}:W-1` }),
  );
}

const node = (id: string, title: string, state: NodeView['state'], visits = 1): NodeView => ({
  id,
  kind: id === 'load' ? 'each' : 'step',
  title,
  state,
  visits,
});

/** The handoff of B-1 in the middle of its loading; of others nothing has happened. */
export function handoff(sagaId: string): SagaView | undefined {
  const row = bookings().find((one) => one.sagaId === sagaId);
  if (row === undefined) return undefined;
  const busy = row.state === 'arrived';
  const state = (then: NodeView['state']): NodeView['state'] => (busy ? then : 'idle');
  return {
    saga: {
      sagaId,
      name: 'dock-handoff',
      title: 'Hand a dock over to a vehicle',
      version: 1,
      hash: '0'.repeat(64),
      status: 'running',
      correlationId: sagaId,
      startedAt: ago(7_200),
      endedAt: null,
      amended: false,
      attributes: {},
    },
    at: 12,
    newest: 12,
    status: 'running',
    faithful: true,
    input: {},
    output: null,
    reason: null,
    nodes: [
      node('reserve', 'Set the goods aside', state('done')),
      node('restrain', 'Hold the vehicle', state('done')),
      node('open-door', 'Open the door', state('done')),
      node('load', 'Load the vehicle', state('active')),
      node('put-in', 'Put it into the vehicle', state('active')),
      node('book-out', 'Book it out', state('done'), busy ? 1 : 0),
      node('close-door', 'Close the door', 'idle', 0),
      node('seal', 'Seal a vehicle', 'idle', 0),
      node('let-go', 'Let the vehicle go', 'idle', 0),
      node('departure', 'Wait until the vehicle has left', 'idle', 0),
    ],
    edges: [],
    outputs: {},
    steps: [],
    earlier: 0,
    timeline: [],
  };
}

const place = (description: string) => ({ type: 'string', minLength: 1, maxLength: 64, description });
/** As the shipped sagas ask for it. */
export const workKinds: readonly WorkKind[] = [
  {
    saga: 'putaway',
    title: 'Put goods away',
    version: 1,
    input: {
      type: 'object',
      required: ['sku', 'quantity', 'from'],
      additionalProperties: false,
      properties: {
        sku: place('Article that has come in.'),
        quantity: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Pieces.' },
        from: place('Receiving place where it stands.'),
        priority: { type: 'integer', minimum: 0, maximum: 9, description: '0 is the most urgent.' },
      },
    },
  },
  {
    saga: 'cycle-count',
    title: 'Count a place',
    version: 1,
    input: {
      type: 'object',
      required: ['place'],
      additionalProperties: false,
      properties: { place: place('Rack or reserve that is counted.') },
    },
  },
  {
    saga: 'robot-recovery',
    title: 'Look after a robot',
    version: 2,
    input: {
      type: 'object',
      required: ['robotId', 'trouble'],
      additionalProperties: false,
      properties: {
        robotId: place('Robot that is in trouble.'),
        trouble: { type: 'string', enum: ['lost', 'fault', 'stuck', 'flat'] },
      },
    },
  },
];
