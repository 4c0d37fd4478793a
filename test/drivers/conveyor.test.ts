import { expect, onTestFinished, test } from 'vitest';
import type { TagConfig } from '#contracts/site-devices.ts';
import { type OpcuaPlc, startOpcuaPlc } from '../support/opcua-plc.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { opcuaDevice } from './devices.ts';
import { callOf, recordHost } from './recorder.ts';

interface PlcRequest {
  readonly tote: string;
  readonly to: string;
  status: string;
  lane: string;
}

const words = ['RequestId', 'RequestTote', 'RequestTo', 'QueryId'] as const;
const answers = [
  'AcceptedId',
  'DoneId',
  'DoneLane',
  'DoneStatus',
  'QueryAnswerId',
  'QueryStatus',
  'QueryLane',
] as const;
const tagName = (word: string) => word.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const role = (word: string) => `${word[0]?.toLowerCase()}${word.slice(1)}`;

/** A PLC whose program keeps the transport handshake, and ends a transport when the test says so. */
async function line() {
  const requests = new Map<string, PlcRequest>();
  const strobes: number[] = [];
  const on = { silent: false };
  const plc: OpcuaPlc = await startOpcuaPlc({
    variables: [
      { name: 'Run', dataType: 'Boolean', value: false, writable: true },
      ...words.map((name) => ({
        name,
        dataType: 'String' as const,
        value: '',
        writable: true,
        onWrite: (value: unknown) => {
          if (name === 'QueryId' && !on.silent) answerQuery(String(value));
        },
      })),
      ...answers.map((name) => ({ name, dataType: 'String' as const, value: '' })),
      {
        name: 'RequestStrobe',
        dataType: 'UInt32',
        value: 41,
        writable: true,
        onWrite: (value) => {
          strobes.push(Number(value));
          if (!on.silent) take();
        },
      },
    ],
  });
  const take = () => {
    const id = String(plc.get('RequestId'));
    if (!requests.has(id)) {
      requests.set(id, {
        tote: String(plc.get('RequestTote')),
        to: String(plc.get('RequestTo')),
        status: 'running',
        lane: '',
      });
    }
    plc.set('AcceptedId', id);
  };
  const answerQuery = (id: string) => {
    const request = requests.get(id);
    plc.set('QueryStatus', request?.status ?? 'none');
    plc.set('QueryLane', request?.lane ?? '');
    plc.set('QueryAnswerId', id);
  };
  const end = (id: string, status: string, lane: string, { tell = true } = {}) => {
    const request = requests.get(id);
    if (request === undefined) throw new Error(`the PLC never took ${id}`);
    Object.assign(request, { status, lane });
    if (!tell) return;
    plc.set('DoneLane', lane);
    plc.set('DoneStatus', status);
    plc.set('DoneId', id);
  };

  const proxy = await startTcpProxy({ port: plc.port });
  const tags: TagConfig[] = [
    { name: 'run', address: plc.nodeId('Run'), type: 'boolean', access: 'read-write' },
    { name: 'request-strobe', address: plc.nodeId('RequestStrobe'), type: 'uint32', access: 'read-write' },
    ...words.map(
      (name) =>
        ({ name: tagName(name), address: plc.nodeId(name), type: 'string', access: 'read-write' }) as const,
    ),
    ...answers.map(
      (name) => ({ name: tagName(name), address: plc.nodeId(name), type: 'string', access: 'read' }) as const,
    ),
  ];
  const bound = [...words, ...answers, 'RequestStrobe'].map((word) => [role(word), tagName(word)]);
  const bind = { run: 'run', ...Object.fromEntries(bound) };
  const device = opcuaDevice({
    port: proxy.port,
    tags,
    capabilities: [{ id: 'line', kind: 'Conveyor', bind }],
  });
  const places = [{ id: 'lane-r', kind: 'reject', x: 0, y: 0 } as const];
  const recorder = recordHost({ devices: [device], places });
  onTestFinished(async () => {
    await proxy.close();
    await plc.close();
  });
  await recorder.host.start();
  await recorder.untilGood('unit/request-strobe');
  const taken = (id: string) =>
    recorder.until('the PLC takes it', () => recorder.last('unit/accepted-id')?.value === id);
  return { plc, proxy, recorder, requests, strobes, end, taken, on };
}

const convey = (to = 'packing-1') =>
  ({ capability: 'Conveyor', action: 'convey', args: { toteId: 't-7', to } }) as const;
const reject = { capability: 'Conveyor', action: 'reject', args: { toteId: 't-7' } } as const;

test('a tote is conveyed by request, acknowledged by id, and verified when its lane has seen it', async () => {
  const { recorder, requests, strobes, end, taken } = await line();
  const call = callOf('line', convey());
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(requests.get(call.commandId)).toMatchObject({ tote: 't-7', to: 'packing-1' });
  expect(strobes.at(-1)).toBe(42);
  expect(await recorder.host.reconcile(call)).toEqual({ outcome: 'running' });
  end(call.commandId, 'ok', 'packing-1');
  expect(await running).toEqual({ state: 'verified', data: { lane: 'packing-1' } });
});

test('a done report that was overwritten before it was seen is found by the query', async () => {
  const { recorder, end, taken } = await line();
  const call = callOf('line', convey());
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  end(call.commandId, 'ok', 'packing-1', { tell: false });
  expect(await running).toEqual({ state: 'verified', data: { lane: 'packing-1' } });
});

test.each([
  ['jam', 'packing-1', 'DRV_JAM'],
  ['rejected', 'lane-r', 'DRV_REFUSED'],
  ['absent', '', 'DRV_REFUSED'],
  ['ok', 'packing-2', 'DRV_REFUSED'],
])('convey that ends %s at "%s" fails as %s', async (status, lane, code) => {
  const { recorder, end, taken } = await line();
  const call = callOf('line', convey());
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  end(call.commandId, status, lane);
  expect(await running).toMatchObject({ state: 'failed', code });
  expect(await recorder.host.reconcile(call)).toMatchObject({ outcome: 'failed' });
});

test('reject asks for the reject lane of the site, and an absent tote is off the line', async () => {
  const { recorder, requests, end, taken } = await line();
  const call = callOf('line', reject);
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(requests.get(call.commandId)?.to).toBe('lane-r');
  end(call.commandId, 'absent', '');
  expect(await running).toEqual({ state: 'verified', data: {} });
});

test('the link is cut under way: the end is found after the reconnect, with one request at the PLC', async () => {
  const { recorder, proxy, strobes, end, taken } = await line();
  const call = callOf('line', convey(), { timeoutMs: 20_000 });
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  proxy.cut();
  await recorder.untilLink('down');
  end(call.commandId, 'ok', 'packing-1');
  proxy.resume();
  expect(await running).toEqual({ state: 'verified', data: { lane: 'packing-1' } });
  expect(strobes.filter((strobe) => strobe === 42).length).toBe(1);
});

test('no end in time is unknown; asked later the PLC tells, and nothing moves for the question', async () => {
  const { recorder, requests, end, taken } = await line();
  const call = callOf('line', convey(), { timeoutMs: 5_000 });
  const running = recorder.host.execute(call);
  await taken(call.commandId);
  expect(await running).toMatchObject({ state: 'unknown' });
  end(call.commandId, 'ok', 'packing-1', { tell: false });
  expect(await recorder.host.reconcile(call)).toEqual({ outcome: 'done', data: { lane: 'packing-1' } });
  expect(requests.size).toBe(1);
});

test('a request the PLC never took is not done when asked', async () => {
  const { recorder, requests, on } = await line();
  on.silent = true;
  const call = callOf('line', convey(), { timeoutMs: 300 });
  expect(await recorder.host.execute(call)).toMatchObject({ state: 'unknown' });
  on.silent = false;
  expect(requests.size).toBe(0);
  expect(await recorder.host.reconcile(call)).toMatchObject({ outcome: 'not-done' });
});

test('without a link nothing is asked for, and that is a plain failure', async () => {
  const { recorder, proxy, requests } = await line();
  proxy.cut();
  await recorder.untilLink('down');
  expect(await recorder.host.execute(callOf('line', convey()))).toMatchObject({
    state: 'failed',
    code: 'DRV_LINK_DOWN',
  });
  expect(requests.size).toBe(0);
});

test('two totes are on the line at once, each with a request of its own, and end in any order', async () => {
  const { recorder, requests, strobes, end } = await line();
  const calls = ['t-1', 't-2'].map((toteId) =>
    callOf('line', { capability: 'Conveyor', action: 'convey', args: { toteId, to: 'packing-1' } }),
  );
  const running = calls.map((call) => recorder.host.execute(call));
  await recorder.until(
    'both are taken',
    () => requests.size === 2 && recorder.last('unit/accepted-id') !== undefined,
  );
  expect(strobes.filter((strobe) => strobe > 41)).toEqual([42, 43]);
  expect([...requests.values()].map(({ tote }) => tote)).toEqual(['t-1', 't-2']);
  for (const { commandId } of calls.toReversed()) end(commandId, 'ok', 'packing-1');
  const arrived = { state: 'verified', data: { lane: 'packing-1' } };
  expect(await Promise.all(running)).toEqual([arrived, arrived]);
});

test('a request that waits for its turn is not started after the line was stopped', async () => {
  const { recorder, requests, strobes, on } = await line();
  // The PLC takes its time with the first, so the second stands in line behind it.
  on.silent = true;
  const [first, second] = ['t-1', 't-2'].map((toteId) =>
    callOf(
      'line',
      { capability: 'Conveyor', action: 'convey', args: { toteId, to: 'packing-1' } },
      {
        timeoutMs: 4_000,
      },
    ),
  );
  if (first === undefined || second === undefined) throw new Error('two calls were made');
  void recorder.host.execute(first);
  const waiting = recorder.host.execute(second);
  await recorder.until('the first is started', () => strobes.includes(42));
  const stop = callOf('line', { capability: 'Conveyor', action: 'stop', args: {} });
  expect(await recorder.host.execute(stop)).toMatchObject({ state: 'verified' });
  on.silent = false;
  expect(await waiting).toMatchObject({ state: 'failed', code: 'DRV_SUPERSEDED' });
  expect(strobes).not.toContain(43);
  expect(requests.has(second.commandId)).toBe(false);
});
