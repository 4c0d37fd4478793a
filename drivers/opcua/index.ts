import type { Driver, DriverContext } from '#contracts/devices.ts';
import type { OpcuaDevice } from '#contracts/site-devices.ts';
import { badAddress } from '../common/bad-address.ts';
import { createTaggedDriver } from '../common/tagged-driver.ts';
import { opcuaAddressProblem } from './address.ts';
import { openOpcuaSession } from './session.ts';

export { opcuaAddressProblem } from './address.ts';

// Secure channels need some round trips and some seconds of arithmetic on a small PLC.
const CONNECT_MS_MAX = 15_000;

/** A driver for one OPC UA server. Errors: DRV_BAD_ADDRESS when a tag's address is none. */
export function createOpcuaDriver(context: DriverContext, device: OpcuaDevice): Driver {
  for (const tag of device.tags) {
    const problem = opcuaAddressProblem(tag);
    if (problem !== undefined) throw badAddress(tag, problem);
  }
  return createTaggedDriver(context, {
    connectMsMax: CONNECT_MS_MAX,
    connect: (hooks, signal) => openOpcuaSession({ context, device, hooks, signal }),
    browse: (session, address) => session.browse(address),
    counters: () => ({}),
  });
}
