import type { Driver, DriverContext } from '#contracts/devices.ts';
import type { ModbusDevice } from '#contracts/site-devices.ts';
import { createTaggedDriver } from '../common/tagged-driver.ts';
import { parseModbusAddress } from './address.ts';
import { type ModbusCounters, openModbusSession } from './session.ts';

export { modbusAddressProblem } from './address.ts';
export { planReads } from './plan.ts';

const CONNECT_MS_MAX = 5_000;

/** A driver for one Modbus TCP device. Errors: DRV_BAD_ADDRESS when a tag's address is none. */
export function createModbusDriver(context: DriverContext, device: ModbusDevice): Driver {
  const addresses = new Map(device.tags.map((tag) => [tag.name, parseModbusAddress(tag)]));
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
