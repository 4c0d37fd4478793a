import { expect, onTestFinished, test } from 'vitest';
import type { CapabilityConfig, TagConfig } from '#contracts/site-devices.ts';
import { type ModbusSlave, startModbusSlave } from '../support/modbus-slave.ts';
import { modbusDevice } from './devices.ts';
import { callOf, recordHost } from './recorder.ts';

const tag = (
  name: string,
  address: string,
  type: TagConfig['type'],
  access: TagConfig['access'] = 'read',
): TagConfig => ({
  name,
  address,
  type,
  access,
});
const tags: TagConfig[] = [
  tag('command', 'coil:0', 'boolean', 'read-write'),
  tag('opened', 'discrete:0', 'boolean'),
  tag('closed', 'discrete:1', 'boolean'),
  tag('speed', 'holding:0', 'uint16', 'read-write'),
  tag('position', 'holding:1', 'uint16', 'read-write'),
  tag('actual', 'input:1', 'uint16'),
  tag('red', 'holding:10', 'uint16', 'read-write'),
  tag('green', 'coil:10', 'boolean', 'read-write'),
  tag('code', 'holding:20:8', 'string'),
  tag('count', 'input:2', 'uint16'),
  tag('trigger', 'coil:20', 'boolean', 'read-write'),
];

async function siteWith(capability: Omit<CapabilityConfig, 'id'>) {
  const slave = await startModbusSlave();
  onTestFinished(() => slave.close());
  const device = modbusDevice({
    port: slave.port,
    tags,
    capabilities: [{ id: 'it', ...capability }],
    silenceMsMax: 2_000,
  });
  const recorder = recordHost({ devices: [device] });
  await recorder.host.start();
  await recorder.untilLink('up');
  await recorder.untilGood('unit/count');
  const call = (action: string, args = {}, timeoutMs = 5_000) =>
    callOf('it', { capability: capability.kind, action, args }, { timeoutMs });
  const execute = (action: string, args = {}, timeoutMs = 5_000) =>
    recorder.host.execute(call(action, args, timeoutMs));
  return {
    slave,
    recorder,
    execute,
    reconcile: (action: string, args = {}) => recorder.host.reconcile(call(action, args)),
  };
}

/** Reacts to a coil as the machine behind it would. */
function onCoil(slave: ModbusSlave, coil: number, react: (on: boolean) => void): void {
  slave.answering = (request, right) => {
    if (request.pdu.readUInt8(0) === 5 && request.pdu.readUInt16BE(1) === coil)
      react(slave.bits.coil[coil] === true);
    return right;
  };
}

test('Door: verified by its limit switch, never by the command bit', async () => {
  const { slave, execute, reconcile } = await siteWith({
    kind: 'Door',
    bind: { command: 'command', opened: 'opened', closed: 'closed' },
  });
  expect(await execute('open', {}, 150)).toMatchObject({ state: 'unknown' });
  expect(await reconcile('open')).toEqual({ outcome: 'running' });
  onCoil(slave, 0, (on) => {
    slave.bits.discrete[0] = on;
    slave.bits.discrete[1] = !on;
  });
  expect(await execute('open')).toMatchObject({ state: 'verified' });
  expect(await reconcile('open')).toEqual({ outcome: 'done', data: {} });
  expect(await execute('close')).toMatchObject({ state: 'verified' });
  expect(await reconcile('open')).toMatchObject({ outcome: 'not-done' });
});

test('Dock: restrains and releases', async () => {
  const { slave, execute, reconcile } = await siteWith({
    kind: 'Dock',
    bind: { command: 'command', restrained: 'opened' },
  });
  onCoil(slave, 0, (on) => {
    slave.bits.discrete[0] = on;
  });
  expect(await execute('restrain')).toMatchObject({ state: 'verified' });
  expect(await reconcile('restrain')).toEqual({ outcome: 'done', data: {} });
  expect(await execute('release')).toMatchObject({ state: 'verified' });
});

test('Conveyor: run is verified by the drive, and a stop in between ends it', async () => {
  const { slave, execute, reconcile } = await siteWith({
    kind: 'Conveyor',
    bind: { run: 'command', running: 'opened', speed: 'speed' },
  });
  const starting = execute('run', { speed: 3 });
  // The drive does not turn yet: the call is under way until the stop supersedes it.
  expect(await execute('stop')).toMatchObject({ state: 'verified' });
  expect(await starting).toMatchObject({ state: 'failed', code: 'DRV_SUPERSEDED' });
  expect(slave.bits.coil[0]).toBe(false);
  onCoil(slave, 0, (on) => {
    slave.bits.discrete[0] = on;
  });
  expect(await execute('run', { speed: 3 })).toMatchObject({ state: 'verified' });
  expect(slave.words.holding[0]).toBe(3);
  expect(await reconcile('run')).toEqual({ outcome: 'done', data: {} });
  expect(await reconcile('stop')).toMatchObject({ outcome: 'not-done' });
  expect(await execute('convey', { toteId: 't', to: 'packing-1' })).toMatchObject({
    code: 'DRV_UNSUPPORTED',
  });
});

test('Diverter: options map places to what the PLC calls them', async () => {
  const { slave, execute, reconcile } = await siteWith({
    kind: 'Diverter',
    bind: { position: 'position', actual: 'actual' },
    options: { 'packing-2': 7 },
  });
  expect(await execute('divert', { to: 'packing-2' }, 150)).toMatchObject({ state: 'unknown' });
  slave.words.input[1] = 7;
  expect(await execute('divert', { to: 'packing-2' })).toMatchObject({ state: 'verified' });
  expect(slave.words.holding[1]).toBe(7);
  expect(await reconcile('divert', { to: 'packing-2' })).toEqual({ outcome: 'done', data: {} });
  expect(await execute('divert', { to: 'packing-9' })).toMatchObject({
    state: 'failed',
    code: 'DRV_WRONG_TYPE',
  });
});

test('StackLight: numbers blink, booleans say that they cannot', async () => {
  const { slave, execute, reconcile } = await siteWith({
    kind: 'StackLight',
    bind: { red: 'red', green: 'green' },
  });
  expect(await execute('set', { colour: 'red', mode: 'blink' })).toMatchObject({ state: 'verified' });
  expect(slave.words.holding[10]).toBe(2);
  expect(await execute('set', { colour: 'green', mode: 'on' })).toMatchObject({ state: 'verified' });
  expect(await execute('set', { colour: 'green', mode: 'blink' })).toMatchObject({ code: 'DRV_UNSUPPORTED' });
  expect(await execute('set', { colour: 'blue', mode: 'on' })).toMatchObject({ code: 'DRV_UNSUPPORTED' });
  expect(await reconcile('set', { colour: 'red', mode: 'on' })).toMatchObject({ outcome: 'not-done' });
});

test('Scanner: only a code that came after the call counts', async () => {
  const { slave, execute } = await siteWith({
    kind: 'Scanner',
    bind: { code: 'code', count: 'count', trigger: 'trigger' },
  });
  const text = Buffer.from('TOTE-007');
  for (let index = 0; index < 4; index += 1) slave.words.holding[20 + index] = text.readUInt16BE(index * 2);
  expect(await execute('read', {}, 150)).toMatchObject({ state: 'unknown' });
  onCoil(slave, 20, () => {
    slave.words.input[2] = (slave.words.input[2] ?? 0) + 1;
  });
  expect(await execute('read')).toEqual({ state: 'verified', data: { code: 'TOTE-007' } });
});

test.each<[Omit<CapabilityConfig, 'id'>, string]>([
  [{ kind: 'Door', bind: { command: 'command', opened: 'opened' } }, 'role "closed" is missing'],
  [{ kind: 'Door', bind: { command: 'opened', opened: 'opened', closed: 'closed' } }, 'read-write'],
  [{ kind: 'Conveyor', bind: { run: 'speed' } }, 'needs boolean'],
  [{ kind: 'Conveyor', bind: { run: 'command', requestId: 'code' } }, 'read-write'],
  [{ kind: 'Conveyor', bind: { run: 'command', doneId: 'code' } }, 'belong together'],
  [{ kind: 'Conveyor', bind: { run: 'nothing' } }, 'no tag of this device'],
  [{ kind: 'Scanner', bind: { code: 'code', colour: 'red' } }, 'has no role "colour"'],
  [{ kind: 'MobileRobot' }, 'driven by tags'],
])('bindings that do not fit keep the device down, with the reason: %j', async (capability, words) => {
  const device = modbusDevice({ port: 1, tags, capabilities: [{ id: 'it', ...capability }] });
  const { host, links } = recordHost({ devices: [device] });
  await host.start();
  expect(links).toMatchObject([{ link: { state: 'down', reason: expect.stringContaining(words) } }]);
});
