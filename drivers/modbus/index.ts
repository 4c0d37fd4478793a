import type { Driver, DriverContext } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { ModbusDevice, TagConfig } from '#contracts/site-file.ts';
import { createTaggedDriver } from '../common/tagged-driver.ts';
import { isBitTable, parseModbusAddress } from './address.ts';
import { type ModbusCounters, openModbusSession } from './session.ts';

export { planReads } from './plan.ts';

const CONNECT_MS_MAX = 5_000;

/** A driver for one Modbus TCP device. Errors: DRV_BAD_ADDRESS when a tag's address is none. */
export function createModbusDriver(context: DriverContext, device: ModbusDevice): Driver {
  const addresses = new Map(device.tags.map((tag) => [tag.name, checkedAddress(tag)]));
  const counters: ModbusCounters = {
    timeouts: 0,
    junkAnswers: 0,
    exceptions: 0,
    strayAnswers: 0,
    brokenStreams: 0,
  };
  return createTaggedDriver(context, {
    connectMsMax: Math.max(CONNECT_MS_MAX, device.connection.timeoutMs),
    connect: (hooks, signal) => openModbusSession({ context, device, addresses, counters, hooks, signal }),
    // Modbus cannot be asked what it holds; the register map of the site file is all there is.
    browse: async () =>
      device.tags.map((tag) => ({
        address: tag.address,
        name: tag.name,
        type: tag.type,
        access: tag.access,
        hasChildren: false,
      })),
    counters: () => ({ ...counters }),
  });
}

/** The address of a tag, which must be writable when the tag is. */
export function checkedAddress(tag: TagConfig) {
  const address = parseModbusAddress(tag);
  const readOnly = address.table === 'discrete' || address.table === 'input';
  if (readOnly && tag.access === 'read-write') {
    const problem = `a ${isBitTable(address.table) ? 'discrete input' : 'n input register'} cannot be written`;
    throw new ApplianceError('DRV_BAD_ADDRESS', { tag: tag.name, address: tag.address, problem });
  }
  return address;
}
