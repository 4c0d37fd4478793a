import { expect, onTestFinished, test } from 'vitest';
import { openFloorWork } from '../local-orchestrator/floor-work.ts';
import { startTestApi } from './test-api.ts';

/** The API of a site in memory: what it answers is what the orchestrator has done. */
async function startSite() {
  const work = await openFloorWork({ stock: [{ sku: 'B', place: 'rack-2', quantity: 50 }] });
  const { orchestrator } = await work.site.running();
  const api = await startTestApi({
    docks: orchestrator.docks,
    work: { kinds: orchestrator.workKinds, begin: orchestrator.startSaga },
    clock: work.site.clock,
  });
  onTestFinished(async () => {
    await api.end();
    work.site.close();
  });
  const post = (path: string, payload: object, role: 'viewer' | 'operator' | 'technician' = 'operator') =>
    api.ask('POST', path, { payload, headers: api.as(role) });
  const get = (path: string) => api.ask('GET', path, { headers: api.as('viewer') });
  return { api, work, post, get };
}

const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000).toISOString();
const booking = {
  bookingId: 'b-1',
  from: hour(2),
  minutes: 60,
  vehicle: 'truck-7',
  lines: [{ sku: 'B', quantity: 5 }],
};

test('what can be begun is listed with what it takes', async () => {
  const { get } = await startSite();
  const answer = await get('/work');
  expect(answer.statusCode).toBe(200);
  const kinds = answer.json<{ work: { saga: string; input: { required: string[] } }[] }>().work;
  expect(kinds.map(({ saga }) => saga)).toEqual(['putaway', 'replenish', 'cycle-count', 'robot-recovery']);
  expect(kinds[0]?.input.required).toEqual(['sku', 'quantity', 'from']);
});

test('work is begun once for an id, and only by those who may', async () => {
  const { work, post } = await startSite();
  const body = { id: 'R-1', input: { sku: 'B', quantity: 5, from: 'receiving-1' } };
  expect((await post('/work/putaway', body, 'viewer')).statusCode).toBe(403);
  const first = await post('/work/putaway', body);
  expect([first.statusCode, first.json()]).toEqual([201, { sagaId: 'putaway:R-1' }]);
  expect((await post('/work/putaway', body)).statusCode).toBe(200);
  expect(await work.ended('putaway:R-1')).toBe('completed');
  expect(await work.books('B')).toEqual({ 'rack-2': [55, 0] });
});

test.each([
  ['putaway', { sku: 'B', quantity: 0, from: 'receiving-1' }, 422, '/quantity'],
  ['putaway', { sku: 'B', from: 'receiving-1' }, 422, 'quantity'],
  ['robot-recovery', { robotId: 'amr-1', trouble: 'bored' }, 422, '/trouble'],
  ['dancing', {}, 404, 'dancing'],
  ['pick-order', {}, 404, 'pick-order'],
])('%s with %o is refused, with the place', async (saga, input, status, place) => {
  const { post } = await startSite();
  const answer = await post(`/work/${saga}`, { input });
  expect(answer.statusCode).toBe(status);
  expect(answer.json<{ title: string }>().title).toContain(place);
});

test('a slot is booked, seen, refused to others with the next one, moved and cancelled', async () => {
  const { work, post, get } = await startSite();
  const booked = await post('/docks/bookings', { ...booking, dockId: 'dock-1' });
  expect([booked.statusCode, booked.json()]).toMatchObject([
    200,
    { dockId: 'dock-1', state: 'booked', to: hour(3), bookedBy: 'machine-operator' },
  ]);
  const shown = await get(`/docks?from=${hour(0)}&to=${hour(6)}`);
  expect(shown.json<{ docks: unknown[] }>().docks[0]).toMatchObject({
    dockId: 'dock-1',
    state: 'free',
    free: [
      { from: hour(0), to: hour(2) },
      { from: hour(3), to: hour(6) },
    ],
  });
  const other = await post('/docks/bookings', { ...booking, bookingId: 'b-2', dockId: 'dock-1' });
  expect(other.statusCode).toBe(409);
  expect(other.json<{ hint: string }>().hint).toContain(`dock-1 from ${hour(3)}`);
  const moved = await post('/docks/bookings/b-1/reschedule', { from: hour(4) });
  expect(moved.json()).toMatchObject({ from: hour(4), to: hour(5) });
  expect((await post('/docks/bookings', { ...booking, bookingId: 'b-2', dockId: 'dock-1' })).statusCode).toBe(
    200,
  );
  expect((await post('/docks/bookings/b-1/cancel', { reason: 'tour is off' })).statusCode).toBe(200);
  await work.ended('dock-handoff:b-1');
  expect((await get('/docks/bookings/b-1')).json()).toMatchObject({
    state: 'cancelled',
    reason: 'tour is off',
  });
  expect((await get('/docks/bookings/b-9')).statusCode).toBe(404);
});

test('who says which booking they saw changes that one only, and is told when there is another', async () => {
  const { api, post, get } = await startSite();
  const etag = String((await post('/docks/bookings', booking)).headers.etag);
  const move = (ifMatch: string, from: string) =>
    api.ask('POST', '/docks/bookings/b-1/reschedule', {
      payload: { from },
      headers: { ...api.as('operator'), 'if-match': ifMatch },
    });
  const moved = await move(etag, hour(4));
  expect([moved.statusCode, moved.json()]).toMatchObject([200, { from: hour(4) }]);
  const late = await move(etag, hour(5));
  expect(late.json()).toMatchObject({ status: 412, code: 'DOCK_BOOKING_CHANGED' });
  const seen = await get('/docks/bookings/b-1');
  expect([seen.headers.etag, seen.json()]).toEqual([moved.headers.etag, moved.json()]);
  expect((await move('3', hour(5))).json()).toMatchObject({ status: 400, field: '/if-match' });
  expect((await move(String(seen.headers.etag), hour(5))).statusCode).toBe(200);
});

test('a vehicle announces itself, and a dock goes out of order and back', async () => {
  const { work, post, get } = await startSite();
  await post('/docks/bookings', booking);
  expect((await post('/docks/bookings/b-1/depart', {})).statusCode).toBe(409);
  expect((await post('/docks/bookings/b-1/arrive', {})).json()).toMatchObject({ state: 'arrived' });
  await work.answer('dock-seal', 'sealed', { form: { seal: 'S-1' } });
  await work.site.pass('1 min');
  expect((await get('/docks/bookings/b-1')).json()).toMatchObject({ state: 'released' });
  expect((await post('/docks/bookings/b-1/depart', {})).statusCode).toBe(200);
  expect(await work.ended('dock-handoff:b-1')).toBe('completed');

  expect((await post('/docks/dock-2/out-of-order', { reason: 'door' })).statusCode).toBe(200);
  expect((await get('/docks')).json<{ docks: unknown[] }>().docks[1]).toMatchObject({
    state: 'out-of-order',
    reason: 'door',
    free: [],
  });
  expect((await post('/docks/dock-2/in-order', {})).statusCode).toBe(403);
  expect((await post('/docks/dock-2/in-order', {}, 'technician')).statusCode).toBe(200);
  expect((await post('/docks/dock-9/out-of-order', { reason: 'door' })).statusCode).toBe(404);
});
