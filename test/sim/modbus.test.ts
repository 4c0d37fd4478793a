import { once } from 'node:events';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import modbusSerial from 'modbus-serial';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sim } from '../../drivers/sim/index.ts';
import { startDrive } from '../../drivers/sim/line/drive-motion.ts';
import { commandRun } from '../../drivers/sim/line/plc.ts';
import { type ModbusSlave, startModbus } from '../../drivers/sim/serve/modbus.ts';
import { answerPdu, takeFrame } from '../../drivers/sim/serve/modbus-frame.ts';
import { createLights, createRegisterMap } from '../../drivers/sim/serve/modbus-map.ts';
import { samples } from '../support/samples.ts';
import { benchWorld, live } from './bench-world.ts';
import { startTestSim } from './test-sim.ts';

describe('drives over a socket', () => {
  let sim: Sim;
  const client = new modbusSerial.default();

  beforeAll(async () => {
    sim = await startTestSim();
    await client.connectTCP('127.0.0.1', { port: sim.ports.modbus });
    client.setID(1);
    client.setTimeout(2_000);
  });
  afterAll(async () => {
    client.close(() => {});
    await sim.close();
  });

  test('set speed, watchdog, actual speed and temperature stand where the README says', async () => {
    expect((await client.readHoldingRegisters(10, 2)).data).toEqual([500, 2_000]);
    await client.writeRegisters(10, [800, 3_000]);
    expect((await client.readHoldingRegisters(10, 2)).data).toEqual([800, 3_000]);
    const { data, buffer } = await client.readInputRegisters(10, 3);
    expect(buffer.readFloatBE(0)).toBe(0);
    expect((data[2] ?? 0) / 10).toBeCloseTo(22, 0);
    expect((await client.readDiscreteInputs(10, 4)).data.slice(0, 4)).toEqual([false, false, false, false]);
    expect((await client.readCoils(0, 1)).data[0]).toBe(true);
  });

  test('a coil stops a drive and starts it again', async () => {
    await client.writeCoil(0, false);
    expect((await client.readCoils(0, 1)).data[0]).toBe(false);
    await client.writeCoil(0, true);
    expect((await client.readCoils(0, 1)).data[0]).toBe(true);
  });

  test('lamps are coils, and registers that can blink', async () => {
    await client.writeCoils(100, [true, false, true, false]);
    expect((await client.readCoils(100, 4)).data.slice(0, 4)).toEqual([true, false, true, false]);
    await client.writeRegister(111, 2);
    expect((await client.readHoldingRegisters(110, 4)).data).toEqual([0, 2, 0, 0]);
  });

  test.each([
    ['an address that is not there', () => client.readHoldingRegisters(500, 1), 2],
    ['a row that runs off the end', () => client.readHoldingRegisters(20, 8), 2],
    ['a speed the drive cannot turn', () => client.writeRegister(0, 60_000), 3],
    ['a function it does not have', () => client.readDeviceIdentification(1, 0), 1],
  ])('%s is an exception', async (_, ask, code) => {
    await expect(ask()).rejects.toMatchObject({ modbusCode: code });
  });

  test('what is no Modbus ends the connection and nothing else', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: sim.ports.modbus });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    expect((await client.readHoldingRegisters(10, 1)).data).toHaveLength(1);
  });
});

describe('drives and the line', () => {
  test('the line runs only while all drives do, and a bus start is no start by wire', () => {
    const world = benchWorld();
    const map = createRegisterMap(world, createLights());
    const [infeed] = world.drives;
    if (infeed === undefined) throw new Error('no drive');
    startDrive(world, infeed);
    live(world, 1_000);
    expect(infeed.turning).toBe(false);
    commandRun(world, true);
    live(world, 1_000);
    expect(map.discrete(0)).toBe(true);
    map.writeCoil(0, false);
    live(world, 20);
    expect([map.discrete(0), map.discrete(10), world.line.running]).toEqual([false, true, false]);
    map.writeCoil(0, true);
    live(world, 20);
    expect(world.line.running).toBe(true);
  });
});

describe('frames', () => {
  const map = createRegisterMap(benchWorld(), createLights());

  test('bytes in any pieces give the same answers', async () => {
    const requests = [
      Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2]),
      Buffer.from([0, 2, 0, 0, 0, 6, 1, 4, 0, 0, 0, 3]),
      Buffer.from([0, 3, 0, 0, 0, 6, 1, 9, 0, 0, 0, 3]),
    ];
    const slave: ModbusSlave = await startModbus({ map, onRequest: () => {} });
    const whole = await talk(slave.port, [Buffer.concat(requests)]);
    const bytes = await talk(
      slave.port,
      [...Buffer.concat(requests)].map((byte) => Buffer.from([byte])),
    );
    expect(whole).toEqual(bytes);
    await slave.close();
  });

  async function talk(port: number, chunks: readonly Buffer[]): Promise<Buffer> {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    for (const chunk of chunks) socket.write(chunk);
    const answers: Buffer[] = [];
    // 13 + 15 + 9 bytes of three answers.
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      answers.push(chunk);
      if (Buffer.concat(answers).length >= 13 + 15 + 9) break;
    }
    return Buffer.concat(answers);
  }

  test('no bytes make it throw, and every refusal names an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 260 }), (bytes) => {
        const answer = answerPdu(map, Buffer.from(bytes));
        expect(answer.length).toBeGreaterThanOrEqual(2);
        if (((answer[0] ?? 0) & 0x80) !== 0) expect([1, 2, 3]).toContain(answer[1]);
        expect(['partial', 'garbage', 'frame']).toContain(takeFrame(Buffer.from(bytes)).state);
      }),
      samples(2_000),
    );
  });
});
