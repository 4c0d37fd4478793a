import type { Driver, DriverContext } from '#contracts/devices.ts';
import { createModbusDriver } from './modbus/index.ts';
import { createOpcuaDriver } from './opcua/index.ts';
import { createRosbridgeDriver } from './rosbridge/index.ts';

/** Picks the protocol. One more: a branch here, its connection schema in the site file, a folder, the contract suite. */
export function createDriver(context: DriverContext): Driver {
  const { device } = context;
  switch (device.driver) {
    case 'modbus':
      return createModbusDriver(context, device);
    case 'opcua':
      return createOpcuaDriver(context, device);
    case 'rosbridge':
      return createRosbridgeDriver(context, device);
  }
}
