import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Task } from '#contracts/api.ts';
import { eventually, startWholeSite, type WholeSite } from './whole-site.ts';

/** The shipped sagas on the simulated site, by the protocols of its robots and its PLC. */
const SPEED = 60;
const WAIT_MS = 60_000;
/** Speaks for whoever had the first lease of a robot. */
const OLD_HOLDER = `
saga: old-holder
version: 1
title: Drive with an old lease
input: { type: object, properties: {} }
steps:
  - step: drive
    title: Drive
    do: MobileRobot.goTo
    with: { target: amr-4, epoch: 1, args: { place: rack-a01 } }
  - end: done
    title: Done
`;
let site: WholeSite;

beforeAll(async () => {
  const inventoryCsv = 'sku,place,quantity\nTL-1010,rack-a01,5\nTL-1025,rack-a03,40\n';
  site = await startWholeSite({ speed: SPEED, inventoryCsv });
  mkdirSync(join(site.dir, 'sagas'));
  writeFileSync(join(site.dir, 'sagas', 'old-holder.yaml'), OLD_HOLDER);
  await site.startAppliance();
}, 60_000);
afterAll(() => site.close());

const begin = async (saga: string, id: string, input: object) => {
  const answer = await site.ask('POST', `/work/${saga}`, { id, input });
  expect([saga, answer.status, answer.body]).toEqual([saga, 201, { sagaId: `${saga}:${id}` }]);
};
const ended = (sagaId: string) =>
  eventually(
    `${sagaId} has ended`,
    async () => {
      const { body } = await site.ask('GET', `/sagas/${encodeURIComponent(sagaId)}`);
      const { status } = body as { status: string };
      return status === 'running' || status === 'compensating' ? undefined : status;
    },
    WAIT_MS,
  );
const task = (kind: string) =>
  eventually(
    `there is a task ${kind}`,
    async () => {
      const { body } = await site.ask('GET', '/tasks');
      return (body as { tasks: Task[] }).tasks.find((one) => one.kind === kind);
    },
    WAIT_MS,
  );
const answer = async (kind: string, decision: string, form?: object) => {
  const { taskId } = await task(kind);
  const path = `/tasks/${encodeURIComponent(taskId)}`;
  const more = form === undefined ? {} : { form };
  const said = await site.ask('POST', `${path}/decide`, { decision, note: 'so be it', ...more });
  expect([kind, said.status, said.body]).toMatchObject([kind, 200, {}]);
};
const facts = async (kind: string) => (await site.ledger()).filter((fact) => fact.kind === kind);

test('goods that come in are put away by a robot', async () => {
  await begin('putaway', 'r-1', { sku: 'TL-1025', quantity: 12, from: 'receiving-1' });
  expect(await ended('putaway:r-1')).toBe('completed');
  expect(await facts('tote.placed')).toMatchObject([{ place: 'rack-a03' }]);
});

test('a rack is replenished from the reserve', async () => {
  await begin('replenish', 'a01', { place: 'rack-a01' });
  expect(await ended('replenish:a01')).toBe('completed');
  expect((await facts('tote.placed')).at(-1)).toMatchObject({ place: 'rack-a01' });
});

test('a vehicle is handed over, although the box loses power while it is loaded', async () => {
  const from = new Date().toISOString();
  const lines = [{ sku: 'TL-1025', quantity: 10 }];
  const booking = { bookingId: 'b-1', dockId: 'dock-1', from, minutes: 60, vehicle: 'truck-7', lines };
  expect((await site.ask('POST', '/docks/bookings', booking)).status).toBe(200);
  expect((await site.ask('POST', '/docks/bookings/b-1/arrive')).status).toBe(200);
  await eventually('the door is open', async () => (await facts('door.opened')).length === 1, WAIT_MS);
  await site.killAppliance();
  await site.startAppliance();
  await answer('dock-seal', 'sealed', { seal: 'S-1' });
  await eventually(
    'it may leave',
    async () => {
      const { body } = await site.ask('GET', '/docks/bookings/b-1');
      return (body as { state: string }).state === 'released';
    },
    WAIT_MS,
  );
  expect((await site.ask('POST', '/docks/bookings/b-1/depart')).status).toBe(200);
  expect(await ended('dock-handoff:b-1')).toBe('completed');
  const kinds = ['vehicle.restrained', 'door.opened', 'door.closed', 'vehicle.released'];
  const seen = (await site.ledger()).filter(({ kind }) => kinds.includes(kind)).map(({ kind }) => kind);
  expect(seen).toEqual(kinds);
  const loaded = (await facts('tote.placed')).filter((fact) => 'place' in fact && fact.place === 'dock-1');
  expect(loaded).toHaveLength(1);
}, 120_000);

/** What the lamp at the robots shows, as the simulated Modbus unit has it: 0 off, 1 on, 2 blinking. */
const lamp = (value: number) =>
  eventually(
    `the lamp is at ${value}`,
    async () => {
      const { body } = await site.ask('GET', '/devices/drives');
      const { tags } = body as { tags: { path: string; value: unknown }[] };
      return tags.find(({ path }) => path === 'drives/robot-light-amber')?.value === value;
    },
    WAIT_MS,
  );

test('a place is counted by a person, whom the stack light calls until somebody comes', async () => {
  await lamp(0);
  await begin('cycle-count', 'c-1', { place: 'rack-a03' });
  await lamp(2);
  const { taskId } = await task('count');
  expect((await site.ask('POST', `/tasks/${encodeURIComponent(taskId)}/claim`)).status).toBe(200);
  await lamp(0);
  await answer('count', 'counted', { lines: [{ sku: 'TL-1025', quantity: 42 }] });
  expect(await ended('cycle-count:c-1')).toBe('completed');
});

test('a robot whose battery is flat is taken out of service until somebody has seen to it', async () => {
  await site.fault('sim', 'battery-flat', true, 'amr-5');
  await begin('robot-recovery', 'x-1', { robotId: 'amr-5', trouble: 'flat' });
  await task('robot-retrieve');
  await site.fault('sim', 'battery-flat', false, 'amr-5');
  await answer('robot-retrieve', 'back');
  expect(await ended('robot-recovery:x-1')).toBe('completed');
});

test('who lost a robot before the appliance was restarted cannot drive it after', async () => {
  for (const id of ['y-1', 'y-2']) {
    await begin('robot-recovery', id, { robotId: 'amr-4', trouble: 'stuck' });
    expect(await ended(`robot-recovery:${id}`)).toBe('completed');
  }
  await site.killAppliance();
  await site.startAppliance();
  await begin('old-holder', 'o-1', {});
  await ended('old-holder:o-1');
  const { body } = await site.ask('GET', '/sagas/old-holder%3Ao-1');
  expect(JSON.stringify(body)).toContain('"code":"SAFE_FENCED"');
}, 120_000);
