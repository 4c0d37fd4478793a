import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import type { CapabilityConfig } from '#contracts/site-devices.ts';
import { createCallRunner } from '../../drivers/call-runner.ts';
import type { CallResult } from '../../drivers/capabilities/index.ts';
import { createRecentCommands } from '../../drivers/recent-commands.ts';
import { readSecret } from '../../drivers/secret.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startModbusSlave } from '../support/modbus-slave.ts';
import { modbusDevice, opcuaDevice, rosbridgeDevice } from './devices.ts';
import { callOf, recordHost } from './recorder.ts';

const line: CapabilityConfig = { id: 'line', kind: 'Conveyor' };
const run = { capability: 'Conveyor', action: 'run', args: {} } as const;
const pause = { capability: 'MobileRobot', action: 'pause', args: {} } as const;
const stop = { capability: 'Conveyor', action: 'stop', args: {} } as const;
const done: CallResult = { state: 'verified', data: {} };

const runner = () => {
  const clock = createFakeClock();
  return { clock, calls: createCallRunner({ clock, log: silentLog }) };
};

test('a driver that does not come back is unknown, and its target is free again', async () => {
  const { clock, calls } = runner();
  const call = callOf('line', run, { timeoutMs: 5_000 });
  const never = calls.execute(call, line, () => new Promise(() => {}));
  await clock.pass(6_000);
  expect(await never).toMatchObject({ state: 'unknown' });
  expect(await calls.execute(callOf('line', run), line, async () => done)).toEqual(done);
});

test('a driver that throws is unknown, for what it had sent by then nobody knows', async () => {
  const { calls } = runner();
  const call = callOf('line', run);
  const result = await calls.execute(call, line, async () => {
    throw new Error('bug');
  });
  expect(result).toMatchObject({ state: 'unknown' });
  expect(await calls.execute(call, line, async () => done)).toBe(result);
});

test('one call per part of a target; what ends motion or lets it go on comes beside', async () => {
  const { calls } = runner();
  const first = Promise.withResolvers<CallResult>();
  const convey = (toteId: string) =>
    ({ capability: 'Conveyor', action: 'convey', args: { toteId, to: 'a' } }) as const;
  const execute = (call: Parameters<typeof callOf>[1]) =>
    calls.execute(callOf('line', call), line, async () => done);
  const running = calls.execute(callOf('line', convey('t-1')), line, () => first.promise);
  expect(await execute(convey('t-1'))).toMatchObject({ code: 'DRV_BUSY', retryable: true });
  expect(await execute(convey('t-2'))).toEqual(done);
  expect(await execute(stop)).toEqual(done);
  expect(await execute(run)).toEqual(done);
  first.resolve(done);
  expect(await running).toEqual(done);
  expect(await execute(convey('t-1'))).toEqual(done);
});

test('what runs here is running, what was verified here is done, and neither asks the device', async () => {
  const { calls } = runner();
  const call = callOf('line', run);
  const first = Promise.withResolvers<CallResult>();
  const running = calls.execute(call, line, () => first.promise);
  const ask = async () => {
    throw new Error('asked');
  };
  expect(await calls.reconcile(call, ask)).toEqual({ outcome: 'running' });
  first.resolve(done);
  await running;
  expect(await calls.reconcile(call, ask)).toEqual({ outcome: 'done', data: {} });
});

test('a device that does not answer a question is unknown', async () => {
  const { clock, calls } = runner();
  const asked = calls.reconcile(callOf('line', run), () => new Promise(() => {}));
  await clock.pass(20_000);
  expect(await asked).toMatchObject({ outcome: 'unknown' });
});

test('calls that the table does not know are refused before a driver sees them', async () => {
  const { calls } = runner();
  const carried: string[] = [];
  const code = async (
    call: Parameters<typeof callOf>[1],
    capability: CapabilityConfig | undefined = line,
  ) => {
    const result = await calls.execute(callOf('line', call), capability, async ({ call: { action } }) => {
      carried.push(action);
      return done;
    });
    return result.state === 'failed' ? result.code : result.state;
  };
  expect(await code({ capability: 'Conveyor', action: 'fly', args: {} })).toBe('DRV_UNSUPPORTED');
  expect(await code({ capability: 'Door', action: 'open', args: {} })).toBe('DRV_UNSUPPORTED');
  expect(await code({ capability: 'Conveyor', action: 'toString', args: {} })).toBe('DRV_UNSUPPORTED');
  expect(await code({ capability: 'Conveyor', action: 'run', args: { speed: 'fast' } })).toBe('DRV_BAD_CALL');
  expect(await code({ capability: 'Conveyor', action: 'run', args: { spede: 1 } })).toBe('DRV_BAD_CALL');
  expect(carried).toEqual([]);
});

test('remembered commands are bounded; running ones are never forgotten', async () => {
  const recent = createRecentCommands(2);
  const first = Promise.withResolvers<CallResult>();
  recent.remember('running', first.promise);
  for (const id of ['a', 'b', 'c']) {
    recent.remember(id, Promise.resolve(done));
    await Promise.resolve();
  }
  expect(['a', 'b', 'c'].map((id) => recent.ended(id))).toEqual([undefined, done, done]);
  expect(recent.find('running')).toBe(first.promise);
});

test('the host knows what it owns, and says so of what it does not', async () => {
  const tags = [{ name: 'level', address: 'holding:1', type: 'int16', access: 'read' } as const];
  const { host } = recordHost({ devices: [modbusDevice({ port: 1, tags: [...tags] })] });
  expect(['unit', 'unit/level', 'unit/other', 'other'].map((target) => host.owns(target))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(await host.execute(callOf('ghost', run))).toMatchObject({
    state: 'failed',
    code: 'DRV_UNSUPPORTED',
  });
  expect(await host.reconcile(callOf('ghost', run))).toMatchObject({ outcome: 'unknown' });
  await expect(host.browse('ghost')).rejects.toThrow('no device ghost');
  expect(await host.browse('unit').catch((error: Error) => error.message)).toContain('not connected');
});

test('a device whose driver cannot be made is down with the reason, and its neighbour comes up', async () => {
  const slave = await startModbusSlave();
  onTestFinished(() => slave.close());
  const run = (address: string) => [{ name: 'run', address, type: 'boolean', access: 'read-write' } as const];
  const { host, links, last, untilLink } = recordHost({
    devices: [
      modbusDevice({ id: 'good', port: slave.port, tags: run('coil:0') }),
      modbusDevice({ id: 'mapped', port: slave.port, tags: run('inptu:2') }),
      opcuaDevice({ id: 'nodes', port: 1, tags: run('Line1/run') }),
      rosbridgeDevice({ id: 'robot', port: 1, tags: run('nonsense') }),
      modbusDevice({ id: 'belt', port: 1, capabilities: [{ id: 'line', kind: 'MobileRobot' }] }),
    ],
  });
  await host.start();
  await untilLink('up', 'good');
  const reasonOf = (device: string) =>
    links.flatMap(({ device: id, link }) => (id === device && link.state === 'down' ? [link.reason] : []));
  expect(reasonOf('mapped')).toEqual(['Tag run: address inptu:2 is not one: it needs a table and a number']);
  expect(reasonOf('nodes')).toEqual([expect.stringContaining('it is no NodeId')]);
  expect(reasonOf('robot')).toEqual([expect.stringContaining('a topic, a space and a field path')]);
  expect(reasonOf('belt')).toEqual(['line cannot be driven by tags']);
  expect(last('mapped/run')).toMatchObject({ value: null, quality: { level: 'bad' } });
  expect(await host.write('mapped/run', true)).toMatchObject({ state: 'failed', code: 'DRV_LINK_DOWN' });
  expect(await host.execute(callOf('line', pause))).toMatchObject({ code: 'DRV_LINK_DOWN' });
  expect(await host.reconcile(callOf('line', pause))).toMatchObject({ outcome: 'unknown' });
  await expect(host.browse('mapped')).rejects.toThrow('inptu:2');
});

test('a secret comes from where the reference points, and its absence names only the reference', () => {
  process.env.HOLDFAST_TEST_SECRET = 'hush';
  expect(readSecret('env:HOLDFAST_TEST_SECRET')).toBe('hush');
  delete process.env.HOLDFAST_TEST_SECRET;
  expect(() => readSecret('env:HOLDFAST_TEST_SECRET')).toThrow('env:HOLDFAST_TEST_SECRET cannot be read');
  expect(() => readSecret('file:/nowhere/secret')).toThrow('file:/nowhere/secret cannot be read');
});
