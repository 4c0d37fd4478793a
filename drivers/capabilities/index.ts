import { bindingProblems, roleTypeOf } from '#contracts/bindings.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { Adapter, AdapterContext } from './adapter.ts';
import { createConveyor } from './conveyor.ts';
import { createDiverter } from './diverter.ts';
import { createScanner } from './scanner.ts';
import { createStackLight } from './stack-light.ts';
import { createDock, createDoor } from './switched.ts';

export type { Adapter, AdapterContext, CallResult, TagAccess } from './adapter.ts';

/**
 * Makes the adapter of one capability of a device that consists of tags.
 *
 * Errors: DRV_BAD_BINDING when roles are missing or do not fit; DRV_UNSUPPORTED for a robot without a robot driver.
 */
export function createAdapter(context: AdapterContext, deviceTags: readonly TagConfig[]): Adapter {
  const { capability } = context;
  const [problem] = bindingProblems(capability, deviceTags);
  if (problem !== undefined)
    throw new ApplianceError('DRV_BAD_BINDING', { capability: capability.id, problem });
  switch (capability.kind) {
    case 'Conveyor':
      return createConveyor(context);
    case 'Diverter':
      return createDiverter(context);
    case 'Scanner':
      return createScanner(context);
    case 'StackLight':
      return createStackLight(context, (name) =>
        deviceTags.some((tag) => tag.name === name && roleTypeOf(tag.type) === 'boolean'),
      );
    case 'Door':
      return createDoor(context);
    case 'Dock':
      return createDock(context);
    case 'MobileRobot':
      throw new ApplianceError('DRV_UNSUPPORTED', { target: capability.id, action: 'be driven by tags' });
  }
}
