import type { Socket } from 'node:net';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { ModbusTable } from './address.ts';
import { createLane, type Urgency } from './lane.ts';
import { ModbusTcpPort, type PortCounters } from './tcp-port.ts';

export interface ModbusClient {
  readBits(read: RangeRead): Promise<readonly boolean[]>;
  readWords(read: RangeRead): Promise<readonly number[]>;
  writeCoil(start: number, value: boolean): Promise<void>;
  writeWords(start: number, words: readonly number[]): Promise<void>;
  readonly counters: PortCounters;
  close(reason: string): void;
}

export interface RangeRead {
  readonly table: ModbusTable;
  readonly start: number;
  readonly count: number;
  readonly urgency: Urgency;
}

export interface ModbusClientOptions {
  readonly ModbusSerial: Awaited<ReturnType<typeof loadModbusSerial>>;
  readonly socket: Socket;
  readonly device: string;
  readonly unitId: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** A whole answer to the request in flight came: also an exception, which is an answer. */
  onAnswer(): void;
  onBroken(problem: string): void;
}

/** Most of it is for serial ports: it is loaded with the first device. */
export const loadModbusSerial = async () => (await import('modbus-serial')).default.default;

type Callback<T> = (error: unknown, value?: T) => void;

/** Requests over one connected socket, one at a time, each matched with its own answer. */
export function createModbusClient(options: ModbusClientOptions): ModbusClient {
  const { ModbusSerial, socket, device, unitId, clock, timeoutMs } = options;
  const port = new ModbusTcpPort(socket);
  const modbus = new ModbusSerial(port);
  modbus.open(() => {});
  port.on('broken', (problem: string) => options.onBroken(problem));
  const lane = createLane({ clock, device, timeoutMs, onTimeout: () => port.forget() });

  const request = async <T>(
    urgency: Urgency,
    what: string,
    send: (done: Callback<T>) => void,
  ): Promise<T> => {
    try {
      const value = await lane.run<T>(urgency, what, send);
      options.onAnswer();
      return value;
    } catch (error) {
      const translated = translate(device, error);
      if (translated.code === 'DRV_MODBUS_EXCEPTION') options.onAnswer();
      throw translated;
    }
  };
  const expectEcho = (same: boolean, what: string) => {
    if (!same) throw new ApplianceError('DRV_BAD_REPLY', { device, problem: `the echo of ${what} differs` });
  };

  return {
    counters: port.counters,
    async readBits({ table, start, count, urgency }) {
      const { data } = await request<{ data: boolean[] }>(urgency, `${table}:${start}`, (done) =>
        table === 'coil'
          ? modbus.writeFC1(unitId, start, count, done)
          : modbus.writeFC2(unitId, start, count, done),
      );
      if (data.length < count)
        throw new ApplianceError('DRV_MODBUS_SHORT_REPLY', { wanted: count, got: data.length });
      return data;
    },
    async readWords({ table, start, count, urgency }) {
      const { data } = await request<{ data: number[] }>(urgency, `${table}:${start}`, (done) =>
        table === 'holding'
          ? modbus.writeFC3(unitId, start, count, done)
          : modbus.writeFC4(unitId, start, count, done),
      );
      if (data.length < count)
        throw new ApplianceError('DRV_MODBUS_SHORT_REPLY', { wanted: count, got: data.length });
      return data;
    },
    async writeCoil(start, value) {
      const what = `coil:${start}`;
      const echo = await request<{ address: number; state: boolean }>('command', what, (done) =>
        modbus.writeFC5(unitId, start, value, done),
      );
      expectEcho(echo.address === start && echo.state === value, what);
    },
    async writeWords(start, words) {
      const what = `holding:${start}`;
      const [only] = words;
      if (words.length === 1 && only !== undefined) {
        const echo = await request<{ address: number; value: number }>('command', what, (done) =>
          modbus.writeFC6(unitId, start, only, done),
        );
        return expectEcho(echo.address === start && echo.value === only, what);
      }
      const echo = await request<{ address: number; length: number }>('command', what, (done) =>
        modbus.writeFC16(unitId, start, [...words], done),
      );
      expectEcho(echo.address === start && echo.length === words.length, what);
    },
    close(reason) {
      lane.close(new ApplianceError('DRV_LINK_DOWN', { device, reason }));
      port.destroy();
    },
  };
}

/** Modbus Application Protocol V1.1b3 §7, in words for a technician. */
const exceptionMeanings: Readonly<Record<number, string>> = {
  1: 'it does not know this function',
  2: 'it has no such address',
  3: 'it does not take this value',
  4: 'it failed internally',
  5: 'it has begun and will answer later',
  6: 'it is busy',
  8: 'its memory has a parity error',
  10: 'the gateway has no path to it',
  11: 'the device behind the gateway does not answer',
};

function translate(device: string, error: unknown): ApplianceError {
  if (error instanceof ApplianceError) return error;
  if (error instanceof Error && 'modbusCode' in error && typeof error.modbusCode === 'number') {
    const meaning = exceptionMeanings[error.modbusCode] ?? 'unknown exception';
    return new ApplianceError('DRV_MODBUS_EXCEPTION', { code: error.modbusCode, meaning }, { cause: error });
  }
  const problem = error instanceof Error ? error.message : String(error);
  return new ApplianceError('DRV_BAD_REPLY', { device, problem }, { cause: error });
}
