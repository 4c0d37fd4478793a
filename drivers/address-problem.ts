import type { DeviceConfig, TagConfig } from '#contracts/site-devices.ts';
import { modbusAddressProblem } from './modbus/index.ts';
import { opcuaAddressProblem } from './opcua/index.ts';
import { rosAddressProblem } from './rosbridge/index.ts';

/** What keeps the driver from reading the address of a tag, in words; undefined when nothing does. */
export function addressProblem({ driver }: Pick<DeviceConfig, 'driver'>, tag: TagConfig): string | undefined {
  switch (driver) {
    case 'modbus':
      return modbusAddressProblem(tag);
    case 'opcua':
      return opcuaAddressProblem(tag);
    case 'rosbridge':
      return rosAddressProblem(tag);
  }
}
