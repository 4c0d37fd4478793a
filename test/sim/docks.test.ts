import { afterAll, beforeAll, expect, test } from 'vitest';
import { placesFor } from '../../drivers/sim/floor/layout.ts';
import type { Sim } from '../../drivers/sim/index.ts';
import { smallFloor } from './bench-world.ts';
import { connectPlc, type PlcClient } from './plc-client.ts';
import { nextFact, startTestSim } from './test-sim.ts';

let sim: Sim;
let plc: PlcClient;
const place = 'bay-1';

beforeAll(async () => {
  const map = smallFloor();
  const bay = { id: place, kind: 'dock', x: 1, y: 1 } as const;
  sim = await startTestSim({ map, places: [...placesFor(map, 2), bay] });
  plc = await connectPlc(sim.ports.opcua);
});
afterAll(async () => {
  await plc.close();
  await sim.close();
});

const last = () => sim.ledger().at(-1)?.n ?? 0;
const node = (word: string) => `Dock.${place}.${word}`;

test('a vehicle is held, the door opens and closes, and it is let go; each by its limit switch', async () => {
  expect(await plc.read(node('DoorClosed'))).toBe(true);
  await plc.write(node('Restrain'), true);
  await plc.until(node('Restrained'), (held) => held === true);
  await plc.write(node('Door'), true);
  await plc.until(node('DoorOpened'), (open) => open === true);
  const from = last();
  await plc.write(node('Door'), false);
  await nextFact(sim, 'door.closed', ({ n }) => n > from);
  await plc.write(node('Restrain'), false);
  await nextFact(sim, 'vehicle.released', ({ n }) => n > from);
});

test('no door opens to a vehicle that is not held', async () => {
  await plc.write(node('Door'), true);
  await plc.write(node('Restrain'), true);
  const from = sim.ledger();
  await plc.until(node('DoorOpened'), (open) => open === true);
  const order = sim
    .ledger()
    .slice(from.length > 0 ? from.findLastIndex(({ kind }) => kind === 'vehicle.released') : 0)
    .map(({ kind }) => kind)
    .filter((kind) => kind === 'vehicle.restrained' || kind === 'door.opened');
  expect(order).toEqual(['vehicle.restrained', 'door.opened']);
  await plc.write(node('Door'), false);
  await plc.until(node('DoorClosed'), (closed) => closed === true);
  await plc.write(node('Restrain'), false);
  await plc.until(node('Restrained'), (held) => held === false);
});

test('a hook that is stuck holds nothing until it is freed', async () => {
  sim.fault('dock-stuck', true, place);
  expect(sim.faults().find(({ id }) => id === 'dock-stuck')).toMatchObject({ active: true, target: place });
  await plc.write(node('Restrain'), true);
  const from = last();
  sim.fault('dock-stuck', false, place);
  const freed = await nextFact(sim, 'fault.off', ({ n }) => n > from);
  const held = await nextFact(sim, 'vehicle.restrained', ({ n }) => n > from);
  expect(held.n).toBeGreaterThan(freed.n);
});
