import type { Driver, DriverContext } from '#contracts/devices.ts';
import type { OpcuaDevice } from '#contracts/site-file.ts';
import { createTaggedDriver } from '../common/tagged-driver.ts';
import { openOpcuaSession } from './session.ts';

// Secure channels need some round trips and some seconds of arithmetic on a small PLC.
const CONNECT_MS_MAX = 15_000;

/** A driver for one OPC UA server. */
export function createOpcuaDriver(context: DriverContext, device: OpcuaDevice): Driver {
  return createTaggedDriver(context, {
    connectMsMax: CONNECT_MS_MAX,
    connect: (hooks, signal) => openOpcuaSession({ context, device, hooks, signal }),
    browse: (session, address) => session.browse(address),
    counters: () => ({}),
  });
}
