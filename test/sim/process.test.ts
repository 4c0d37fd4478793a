import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoFaults } from '#contracts/api.ts';
import type { LedgerPage, SimState } from '../../drivers/sim/index.ts';
import { demoFloor } from './bench-world.ts';
import { connectPlc } from './plc-client.ts';
import { connectRos } from './ros-client.ts';

const program = new URL('../../drivers/sim/main.ts', import.meta.url).pathname;

interface Ready {
  readonly opcua: number;
  readonly modbus: number;
  readonly ros: number;
  readonly control: number;
  readonly controlUrl: string;
  readonly robots: readonly { readonly id: string; readonly namespace: string }[];
}

let child: ChildProcess;
let ready: Ready;

beforeAll(async () => {
  child = spawn(process.execPath, [program, '--map', demoFloor, '--speed', '60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no stdout');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  ready = JSON.parse(line) as Ready;
});
afterAll(async () => {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});

const get = async <T>(path: string): Promise<T> =>
  (await fetch(ready.controlUrl + path)).json() as Promise<T>;
const post = (id: string, body: object | string) =>
  fetch(`${ready.controlUrl}/faults/${id}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the process', () => {
  test('has a robot per charging place of the site file beside its map', () => {
    expect(ready.robots.map(({ id }) => id)).toEqual(['amr-1', 'amr-2', 'amr-3', 'amr-4', 'amr-5']);
  });

  test('answers on its control port', async () => {
    expect(await get('/healthz')).toEqual({ ok: true });
    const state = await get<SimState>('/state');
    expect(state.line.state).toBe('stopped');
    expect(state.robots).toHaveLength(5);
    expect(state.robots.every(({ battery }) => battery > 0.5)).toBe(true);
  });

  test('knows each fault of the demo panel that is not the uplink\u2019s', async () => {
    const { faults } = await get<{ faults: { id: string; active: boolean }[] }>('/faults');
    const mine = demoFaults.filter((id) => !id.startsWith('uplink-'));
    expect(faults.map(({ id }) => id)).toEqual(expect.arrayContaining([...mine]));
    expect(faults.every(({ active }) => !active)).toBe(true);
  });

  test.each([
    ['e-stop', undefined, null],
    ['light-curtain', undefined, null],
    ['jam', 'infeed', 'infeed'],
    ['wrong-sku', 'amr-2', 'amr-2'],
    ['robot-lost', 'amr-3', 'amr-3'],
    ['battery-flat', '/amr_4', 'amr-4'],
    ['plc-link-cut', 'modbus', 'modbus'],
    ['plc-link-slow', undefined, null],
  ])('%s comes and goes, and the ledger tells', async (id, target, shown) => {
    const { last } = await get<LedgerPage>('/ledger');
    const on = await (await post(id, { active: true, ...(target !== undefined && { target }) })).json();
    expect(on).toEqual({ id, active: true, target: shown });
    const again = await post(id, { active: true, ...(target !== undefined && { target }) });
    expect(again.status).toBe(200);
    expect(await (await post(id, { active: false })).json()).toEqual({ id, active: false, target: null });
    if (id.startsWith('plc-link')) return;
    const told = await get<LedgerPage>(`/ledger?after=${last}`);
    expect(told.entries.map(({ n }) => n)).toEqual(told.entries.map((_, index) => last + 1 + index));
  });

  test.each([
    ['an unknown fault', 'earthquake', { active: true }, 404, 'earthquake'],
    ['an unknown target', 'robot-lost', { active: true, target: 'amr-77' }, 422, 'amr-5'],
    ['an unknown link', 'plc-link-cut', { active: true, target: 'wifi' }, 422, 'opcua'],
    ['a body that does not fit', 'jam', { active: 'yes' }, 400, 'active'],
    ['a body that is no JSON', 'jam', '{', 400, 'JSON'],
    ['too much of a body', 'jam', ' '.repeat(100_000), 413, 'long'],
  ])('%s is refused with words', async (_, id, body, status, words) => {
    const answer = await post(id, body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(words);
  });

  test('a browser page cannot press its buttons', async () => {
    const answer = await fetch(`${ready.controlUrl}/faults/e-stop`, {
      method: 'POST',
      headers: { origin: 'http://evil.example' },
      body: '{"active":true}',
    });
    expect(answer.status).toBe(403);
    expect((await get<SimState>('/state')).inputs.eStopPressed).toBe(false);
  });
});

describe('links', () => {
  test('a cut one is reset and refused, the others live on, and it comes back on the same port', async () => {
    const ros = await connectRos(ready.ros);
    const before = open(ready.modbus);
    await before.connected;
    await post('plc-link-cut', { active: true });
    await before.closed;
    await Promise.all([ready.opcua, ready.modbus].map((port) => open(port).closed));
    expect(await ros.call('/amr_1/goal_status', { goal_id: 'x' })).toMatchObject({ result: true });
    await post('plc-link-cut', { active: false });
    const plc = await connectPlc(ready.opcua);
    expect(await plc.read('Safety.EStopOk')).toBe(true);
    await plc.close();
    ros.close();
  });

  test('a slow one delivers late, in order, and nothing is lost', async () => {
    const ros = await connectRos(ready.ros);
    await post('plc-link-slow', { active: true, target: 'ros' });
    const startMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ros.call('/amr_1/goal_status', { goal_id: `x${index}` })),
    );
    expect(performance.now() - startMs).toBeGreaterThan(1_000);
    const ids = ros.messages.map((message) => message.id);
    expect(ids).toEqual(answers.map((answer) => answer.id));
    await post('plc-link-slow', { active: false });
    ros.close();
  });
});

/** A bare TCP connection; a reset is what the tests are about. */
function open(port: number) {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  const on = (event: string) => new Promise<void>((resolve) => socket.once(event, () => resolve()));
  return { connected: on('connect'), closed: on('close') };
}
