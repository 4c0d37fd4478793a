import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { DriverContext } from '#contracts/devices.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import { openModbusSession } from '../../drivers/modbus/session.ts';
import { frame, type ModbusSlave, startModbusSlave } from '../support/modbus-slave.ts';
import { modbusDevice } from './devices.ts';
import { recordHost } from './recorder.ts';

const word = (index: number, more: Partial<TagConfig> = {}): TagConfig => ({
  name: `w${index}`,
  address: `holding:${index}`,
  type: 'uint16',
  access: 'read-write',
  ...more,
});

async function slaveWith(
  tags: TagConfig[],
  connection: { timeoutMs?: number; gapRegistersMax?: number } = {},
) {
  const slave = await startModbusSlave();
  const recorder = recordHost({
    devices: [modbusDevice({ port: slave.port, tags, silenceMsMax: 2_000, ...connection })],
  });
  onTestFinished(() => slave.close());
  return { slave, recorder };
}

test('a late answer is never taken for the answer to another request', async () => {
  // Two reads that differ only in their address; both answers have the same shape and length.
  const { slave, recorder } = await slaveWith([word(0), word(100)], { timeoutMs: 60, gapRegistersMax: 0 });
  slave.words.holding[0] = 1_111;
  slave.words.holding[100] = 2_222;
  const late: (() => void)[] = [];
  let spoiled = 0;
  slave.answering = (request, right) => {
    // Every third request is answered only when the next two have been asked.
    for (const release of late.splice(0)) release();
    if (slave.requests.length % 3 !== 0) return right;
    spoiled += 1;
    const answer = Promise.withResolvers<Buffer>();
    late.push(() => answer.resolve(right));
    return request.pdu.length > 0 ? answer.promise : null;
  };
  await recorder.host.start();
  await recorder.until('many timeouts', () => spoiled >= 6);
  expect(recorder.host.counters().get('unit')?.timeouts).toBeGreaterThan(2);
  for (const { path, value } of recorder.samples) {
    if (value !== null) expect([path, value]).toEqual(path === 'unit/w0' ? [path, 1_111] : [path, 2_222]);
  }
  const reasons = recorder.samples.flatMap(({ quality }) =>
    quality.level === 'bad' ? [quality.reason] : [],
  );
  expect(reasons.some((reason) => reason.includes('within 60 ms'))).toBe(true);
  await recorder.host.close();
  expect(recorder.host.counters().get('unit')?.strayAnswers).toBeGreaterThan(0);
});

test.each([
  [
    'a short reply',
    (slave: ModbusSlave) => (slave.answering = (request, right) => frame(request, right.subarray(7, -1))),
  ],
  [
    'a byte count that lies',
    (slave: ModbusSlave) => (slave.answering = (request) => frame(request, Buffer.from([3, 250, 0, 1]))),
  ],
  [
    'another function code',
    (slave: ModbusSlave) => (slave.answering = (request) => frame(request, Buffer.from([4, 2, 0, 1]))),
  ],
  [
    'another unit',
    (slave: ModbusSlave) =>
      (slave.answering = (request, right) => frame({ ...request, unitId: 9 }, right.subarray(7))),
  ],
  ['an empty PDU', (slave: ModbusSlave) => (slave.answering = (request) => frame(request, Buffer.from([3])))],
])('%s makes the tag bad with a reason, is counted, and passes', async (_, spoil) => {
  const { slave, recorder } = await slaveWith([word(0)]);
  slave.words.holding[0] = 7;
  await recorder.host.start();
  await recorder.untilGood('unit/w0');
  spoil(slave);
  await recorder.until('bad', () => recorder.last('unit/w0')?.quality.level === 'bad');
  expect(recorder.last('unit/w0')).toMatchObject({
    value: 7,
    quality: { reason: expect.stringMatching(/cannot be read|registers/) },
  });
  expect(recorder.host.counters().get('unit')?.junkAnswers).toBeGreaterThan(0);
  slave.answering = (_request, right) => right;
  await recorder.until('good again', () => recorder.last('unit/w0')?.quality.level === 'good');
});

test('only junk answers: the link goes down although the socket is open', async () => {
  const { slave, recorder } = await slaveWith([word(0)]);
  await recorder.host.start();
  await recorder.untilLink('up');
  slave.answering = (request) => frame(request, Buffer.from([9]));
  await recorder.untilLink('down');
  slave.answering = (_request, right) => right;
  await recorder.untilLink('up');
});

test('an exception is told in words, and the link stays up', async () => {
  const { slave, recorder } = await slaveWith([word(0)]);
  slave.answering = (request) => frame(request, Buffer.from([0x83, 4]));
  await recorder.host.start();
  await recorder.untilLink('up');
  await recorder.until('reason', () => {
    const quality = recorder.last('unit/w0')?.quality;
    return quality?.level === 'bad' && quality.reason.includes('failed internally');
  });
});

test('a hole in the register map costs its own tag only', async () => {
  const { slave, recorder } = await slaveWith([word(0), word(5), word(6)]);
  slave.words.holding[0] = 10;
  slave.words.holding[6] = 16;
  // This PLC refuses any range that touches register 5.
  slave.answering = (request, right) => {
    const [start, count] = [request.pdu.readUInt16BE(1), request.pdu.readUInt16BE(3)];
    return start <= 5 && start + count > 5 ? frame(request, Buffer.from([0x83, 2])) : right;
  };
  await recorder.host.start();
  expect((await recorder.untilGood('unit/w0')).value).toBe(10);
  expect((await recorder.untilGood('unit/w6')).value).toBe(16);
  await recorder.until('the hole is told', () => {
    const quality = recorder.last('unit/w5')?.quality;
    return quality?.level === 'bad' && quality.reason.includes('no such address');
  });
});

test('a write whose answer is lost is verified by its read-back, or unknown; never failed', async () => {
  const { slave, recorder } = await slaveWith([word(0)], { timeoutMs: 1_000 });
  await recorder.host.start();
  await recorder.untilGood('unit/w0');
  const isWrite = (pdu: Buffer) => pdu.readUInt8(0) === 6;
  slave.answering = (request, right) => (isWrite(request.pdu) ? null : right);
  expect(await recorder.host.write('unit/w0', 5)).toEqual({ state: 'verified', readBack: 5 });
  let writes = 0;
  slave.answering = (request, right) => {
    if (isWrite(request.pdu)) writes += 1;
    return writes > 0 ? null : right;
  };
  expect(await recorder.host.write('unit/w0', 6)).toMatchObject({ state: 'unknown' });
});

test('a value the PLC does not keep is unknown, a value it refuses is failed', async () => {
  const { slave, recorder } = await slaveWith([word(0)]);
  await recorder.host.start();
  await recorder.untilGood('unit/w0');
  const wrote = (pdu: Buffer) => pdu.readUInt8(0) === 6;
  slave.answering = (request, right) => {
    if (wrote(request.pdu)) slave.words.holding[0] = 99;
    return right;
  };
  expect(await recorder.host.write('unit/w0', 5)).toMatchObject({
    state: 'unknown',
    reason: expect.stringContaining('reads 99 after 5'),
  });
  slave.answering = (request, right) => (wrote(request.pdu) ? frame(request, Buffer.from([0x86, 3])) : right);
  expect(await recorder.host.write('unit/w0', 5)).toMatchObject({
    state: 'failed',
    code: 'DRV_MODBUS_EXCEPTION',
  });
});

test('scale, offset, word order, range and text go both ways', async () => {
  const { slave, recorder } = await slaveWith([
    word(0, { type: 'int16', scale: 0.1, offset: -20, unit: 'Cel' }),
    word(10, { type: 'float32', wordOrder: 'low-first' }),
    word(20, { address: 'holding:20:8', type: 'string' }),
    { name: 'lamp', address: 'coil:4', type: 'boolean', access: 'read-write' },
  ]);
  await recorder.host.start();
  await recorder.untilGood('unit/w0');
  expect(await recorder.host.write('unit/w0', 1.5)).toMatchObject({ state: 'verified' });
  expect(slave.words.holding[0]).toBe(215);
  expect(await recorder.host.write('unit/w0', 99_999)).toMatchObject({
    state: 'failed',
    code: 'DRV_OUT_OF_RANGE',
  });
  expect(await recorder.host.write('unit/w10', 12.5)).toMatchObject({ state: 'verified' });
  expect([slave.words.holding[10], slave.words.holding[11]]).toEqual([0, 0x4148]);
  expect(await recorder.host.write('unit/w20', 'tote-12')).toMatchObject({ state: 'verified' });
  expect(await recorder.host.write('unit/lamp', true)).toMatchObject({ state: 'verified' });
  expect(slave.bits.coil[4]).toBe(true);
  await recorder.until('text', () => recorder.last('unit/w20')?.value === 'tote-12');
});

test('more waiting requests than the limit are refused, and the rest are answered', async () => {
  const { slave, recorder } = await slaveWith([word(0)]);
  await recorder.host.start();
  await recorder.untilGood('unit/w0');
  const held = Promise.withResolvers<void>();
  slave.answering = async (_request, right) => {
    await held.promise;
    return right;
  };
  const writes = Array.from({ length: 100 }, (_, index) => recorder.host.write('unit/w0', index));
  slave.answering = (_request, right) => right;
  held.resolve();
  const results = await Promise.all(writes);
  expect(
    results.filter((result) => result.state === 'failed' && result.code === 'DRV_OVERLOADED').length,
  ).toBeGreaterThan(30);
  expect(results.filter((result) => result.state === 'verified').length).toBeGreaterThan(0);
});

test('an attempt that is given up before it has begun opens no connection', async () => {
  let connections = 0;
  const server = createServer(() => {
    connections += 1;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const opening = openModbusSession({
    context: { clock: systemClock } as DriverContext,
    device: modbusDevice({ port, tags: [] }),
    addresses: new Map(),
    counters: { timeouts: 0, junkAnswers: 0, exceptions: 0, strayAnswers: 0, brokenStreams: 0 },
    hooks: { heard() {}, ended() {}, take() {} },
    signal: AbortSignal.abort(),
  });
  await expect(opening).rejects.toThrow('the attempt was given up');
  expect(connections).toBe(0);
});
