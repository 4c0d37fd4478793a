import { SecurityPolicy } from 'node-opcua-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rosNames } from '#contracts/ros.ts';
import type { Sim } from '../../drivers/sim/index.ts';
import { connectPlc, type PlcClient } from './plc-client.ts';
import { connectRos } from './ros-client.ts';
import { nextFact, startTestSim } from './test-sim.ts';

let sim: Sim;
let plc: PlcClient;

beforeAll(async () => {
  sim = await startTestSim();
  plc = await connectPlc(sim.ports.opcua);
});
afterAll(async () => {
  await plc.close();
  await sim.close();
});

const later = (n: number) => (fact: { n: number }) => fact.n > n;
const last = () => sim.ledger().at(-1)?.n ?? 0;

describe('the line PLC', () => {
  test('shows everything its README names', async () => {
    const names = await plc.browse();
    for (const name of ['Line.Run', 'Safety.EStopOk', 'Eye.induct', 'Diverter.packing-1.Position']) {
      expect(names).toContain(name);
    }
    expect(names.filter((name) => name.startsWith('Transport.'))).toHaveLength(12);
  });

  test('runs while the heartbeat changes, and stops by itself when it does not', async () => {
    plc.beat();
    expect(await plc.write('Line.Run', true)).toBe('Good');
    await plc.until('Line.Running', (running) => running === true);
    expect(await plc.read('Line.State')).toBe('running');
    const from = last();
    plc.stopHeartbeat();
    await nextFact(sim, 'line.stopped', (fact) => later(from)(fact) && fact.reason === 'heartbeat');
    expect(await plc.until('Line.State', (state) => state === 'no-heartbeat')).toBe('no-heartbeat');
    // The heartbeat coming back starts nothing.
    plc.beat();
    await plc.until('Safety.HeartbeatOk', (ok) => ok === true);
    expect(await plc.read('Line.Running')).toBe(false);
  });

  test('the e-stop ends motion at once, is seen, and its release starts nothing', async () => {
    plc.beat();
    await plc.write('Line.Run', true);
    await plc.until('Line.Running', (running) => running === true);
    const from = last();
    sim.fault('e-stop', true);
    const pressed = await nextFact(sim, 'e-stop.pressed', later(from));
    const stopped = await nextFact(sim, 'drive.stopped', later(from));
    expect(stopped.cycle - pressed.cycle).toBeLessThanOrEqual(1);
    expect(await plc.until('Safety.EStopOk', (ok) => ok === false)).toBe(false);
    // Written, but to no effect, now or later.
    expect(await plc.write('Line.Run', true)).toBe('Good');
    sim.fault('e-stop', false);
    await plc.until('Safety.EStopOk', (ok) => ok === true);
    expect(await plc.read('Line.State')).toBe('stopped');
    plc.stopHeartbeat();
  });

  test('takes totes by handshake, once per id, and answers queries', async () => {
    await putToteOnInduct('T1');
    plc.beat();
    await plc.write('Line.Run', true);
    const request = async (strobe: number) => {
      await plc.write('Transport.RequestTote', 'T1');
      await plc.write('Transport.RequestTo', 'packing-2');
      await plc.write('Transport.RequestId', 'c-1');
      await plc.write('Transport.RequestStrobe', strobe);
      await plc.until('Transport.AcceptedId', (id) => id === 'c-1');
    };
    await request(1);
    await plc.until('Transport.DoneId', (id) => id === 'c-1');
    expect(await plc.read('Transport.DoneLane')).toBe('packing-2');
    expect(await plc.read('Transport.DoneStatus')).toBe('ok');
    expect(await plc.read('Scanner.Code')).toBe('T1');
    await request(2);
    await nextFact(sim, 'request.repeated');
    expect(sim.ledger().filter(({ kind }) => kind === 'request.accepted')).toHaveLength(1);
    expect(sim.ledger().filter(({ kind }) => kind === 'tote.arrived')).toMatchObject([{ lane: 'packing-2' }]);
    await plc.write('Transport.QueryId', 'c-1');
    await plc.until('Transport.QueryAnswerId', (id) => id === 'c-1');
    expect(await plc.read('Transport.QueryStatus')).toBe('ok');
    await plc.write('Transport.QueryId', 'c-0');
    await plc.until('Transport.QueryAnswerId', (id) => id === 'c-0');
    expect(await plc.read('Transport.QueryStatus')).toBe('none');
    plc.stopHeartbeat();
  });

  test('a diverter goes where it is told when no tote is near', async () => {
    expect(await plc.write('Diverter.packing-1.Command', 'packing-1')).toBe('Good');
    expect(await plc.until('Diverter.packing-1.Position', (at) => at === 'packing-1')).toBe('packing-1');
    expect(await plc.write('Diverter.packing-1.Command', 'packing-2')).toBe('BadOutOfRange');
    await plc.write('Diverter.packing-1.Command', 'straight');
  });

  test('what is only read cannot be written, and a wrong type is refused', async () => {
    expect(await plc.write('Safety.EStopOk', true)).toBe('BadNotWritable');
    expect(await plc.write('Line.Run', 'yes')).toBe('BadTypeMismatch');
    expect(await plc.write('Transport.RequestId', 'x'.repeat(200))).toBe('BadOutOfRange');
  });

  test('speaks encrypted as well', async () => {
    const secret = await connectPlc(sim.ports.opcua, SecurityPolicy.Basic256Sha256);
    expect(await secret.read('Safety.EStopOk')).toBe(true);
    await secret.close();
  });
});

/** As on any day: a robot picks and drops. */
async function putToteOnInduct(tote: string): Promise<void> {
  const robot = await connectRos(sim.ports.ros, '/amr_1');
  robot.beat();
  const rack = sim.places.find(({ kind }) => kind === 'rack');
  const induct = sim.places.find(({ kind }) => kind === 'induct');
  const base = { goal_id: `p-${tote}`, verb: 'pick' as const, place: '', x: 0, y: 0, tote_id: tote };
  const { x = 0, y = 0, id: place = '' } = rack ?? {};
  await robot.call(rosNames('/amr_1').resume);
  robot.goal({ ...base, lines: [{ sku: 'A', quantity: 1, place, x, y }] });
  await robot.until((message) => message.op === 'action_result' && message.id === `p-${tote}`);
  const at = { place: 'induct', x: induct?.x ?? 0, y: induct?.y ?? 0 };
  robot.goal({ ...base, ...at, goal_id: `d-${tote}`, verb: 'drop', lines: [] });
  await nextFact(sim, 'tote.created', (fact) => fact.tote === tote);
  robot.close();
}
