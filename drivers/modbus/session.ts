import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import type { DriverContext } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { ModbusDevice, TagConfig } from '#contracts/site-devices.ts';
import type { SessionHooks } from '../common/supervisor.ts';
import type { Reading } from '../common/tag-table.ts';
import type { TagSession } from '../common/write-tag.ts';
import { isBitTable, type ModbusAddress } from './address.ts';
import { createModbusClient, loadModbusSerial, type ModbusClient } from './client.ts';
import type { Urgency } from './lane.ts';
import { type PlannedTag, planReads, type ReadGroup } from './plan.ts';
import { startPolling } from './poller.ts';
import { decodeWords, encodeWords } from './words.ts';

export interface ModbusCounters {
  timeouts: number;
  junkAnswers: number;
  exceptions: number;
  strayAnswers: number;
  brokenStreams: number;
}

export interface ModbusSessionOptions {
  readonly context: DriverContext;
  readonly device: ModbusDevice;
  readonly addresses: ReadonlyMap<string, ModbusAddress>;
  readonly counters: ModbusCounters;
  readonly hooks: SessionHooks & { take(readings: readonly Reading[]): void };
  readonly signal: AbortSignal;
}

/** Connects; polls once begun. The link counts as up with the first answer, not with the socket. */
export async function openModbusSession(options: ModbusSessionOptions): Promise<TagSession> {
  const { context, device, hooks, signal, counters } = options;
  const { host, port, unitId, timeoutMs } = device.connection;
  const ModbusSerial = await loadModbusSerial();
  const socket = await openSocket({ host, port }, signal);
  const client = createModbusClient({
    ModbusSerial,
    socket,
    device: device.id,
    unitId,
    timeoutMs,
    clock: context.clock,
    onAnswer: hooks.heard,
    onBroken: (problem) => hooks.ended(`it sends no Modbus: ${problem}`),
  });
  socket.on('error', (error) => hooks.ended(error.message));
  socket.on('close', () => hooks.ended('the device closed the connection'));

  const planned = (tags: readonly TagConfig[]): PlannedTag[] =>
    tags.flatMap((tag) => {
      const address = options.addresses.get(tag.name);
      return address === undefined ? [] : [{ tag, address }];
    });
  const readGroup = (group: ReadGroup, urgency: Urgency) => readOneGroup(client, group, urgency);
  let poller: { stop(): void } | null = null;

  return {
    begin() {
      poller = startPolling({
        clock: context.clock,
        device,
        tags: planned(device.tags),
        readGroup: (group) => readGroup(group, 'poll'),
        take: hooks.take,
        onFault: (error) => count(counters, error),
      });
    },
    async read(tags) {
      const readings: Reading[] = [];
      // Without bridged gaps: somebody waits, and a hole in the map must not cost him the answer.
      for (const group of planReads(planned(tags), { gapRegistersMax: 0 })) {
        readings.push(...(await readGroup(group, 'command')));
      }
      return tags.flatMap(({ name }) => readings.find(({ tag }) => tag === name) ?? []);
    },
    async write(tag, raw) {
      const address = options.addresses.get(tag.name);
      if (address === undefined) {
        return {
          state: 'unsent',
          error: new ApplianceError('DRV_UNKNOWN_TAG', { device: device.id, tag: tag.name }),
        };
      }
      try {
        if (address.table === 'coil') await client.writeCoil(address.start, raw === true);
        else {
          const layout = { type: tag.type, count: address.count, wordOrder: tag.wordOrder ?? 'high-first' };
          await client.writeWords(address.start, encodeWords(raw, layout, tag.name));
        }
        return { state: 'acknowledged' };
      } catch (error) {
        if (!isApplianceError(error)) throw error;
        count(counters, error);
        if (error.code === 'DRV_OUT_OF_RANGE' || error.code === 'DRV_OVERLOADED')
          return { state: 'unsent', error };
        // Exceptions 5 and 6 and those of a gateway leave open what the device behind does.
        const code = error.code === 'DRV_MODBUS_EXCEPTION' ? error.details.code : undefined;
        if (code === 1 || code === 2 || code === 3) return { state: 'refused', error };
        return { state: 'unanswered', reason: error.message };
      }
    },
    async close() {
      poller?.stop();
      client.close('the connection was given up');
      counters.strayAnswers += client.counters.strayAnswers;
      counters.brokenStreams += client.counters.brokenStreams;
      if (!socket.closed) await once(socket, 'close');
    },
  };
}

async function readOneGroup(
  client: ModbusClient,
  group: ReadGroup,
  urgency: Urgency,
): Promise<readonly Reading[]> {
  const { table, start, count: size, tags } = group;
  if (isBitTable(table)) {
    const bits = await client.readBits({ table, start, count: size, urgency });
    return tags.map(({ tag, address }) => ({ tag: tag.name, raw: bits[address.start - start] }));
  }
  const words = await client.readWords({ table, start, count: size, urgency });
  return tags.map(({ tag, address }) => {
    const from = address.start - start;
    const layout = {
      type: tag.type,
      count: address.count,
      wordOrder: tag.wordOrder ?? 'high-first',
    } as const;
    return { tag: tag.name, raw: decodeWords(words.slice(from, from + address.count), layout) };
  });
}

function count(counters: ModbusCounters, error: ApplianceError): void {
  if (error.code === 'DRV_TIMEOUT') counters.timeouts += 1;
  else if (error.code === 'DRV_MODBUS_EXCEPTION') counters.exceptions += 1;
  else if (error.code === 'DRV_BAD_REPLY' || error.code === 'DRV_MODBUS_SHORT_REPLY')
    counters.junkAnswers += 1;
}

function openSocket(to: { host: string; port: number }, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const givenUp = new Error('the attempt was given up');
    // An abort that came before has no event any more.
    if (signal.aborted) return reject(givenUp);
    const socket = connectSocket({ ...to, noDelay: true, keepAlive: true });
    const onAbort = () => {
      socket.destroy();
      reject(givenUp);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', reject);
      resolve(socket);
    });
  });
}
