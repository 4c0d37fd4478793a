import { type ActionSpec, capabilityTable } from '#contracts/capabilities.ts';
import type { CapabilityConfig, DeviceConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { matchesId } from '../../safety/index.ts';

export interface Placement {
  readonly safety: DeviceConfig[];
  readonly field: DeviceConfig[];
}

/**
 * Decides which thread holds the connection of which device. The safety thread gets what interlocks read or
 * protect, what has a safe state, a heartbeat or a command that ends motion; all else goes to the field thread.
 */
export function placeDevices({ devices, safety }: Pick<SiteFile, 'devices' | 'safety'>): Placement {
  const tagDevices = new Set(
    [...safety.interlocks, ...safety.heartbeats].map(({ tag }) => tag.split('/')[0]),
  );
  const patterns = [
    ...safety.interlocks.flatMap(({ protects }) => protects),
    ...safety.safeStates.map(({ target }) => target),
  ];
  const concernsSafety = (device: DeviceConfig): boolean =>
    tagDevices.has(device.id) ||
    device.capabilities.some(
      (capability) => canStop(capability) || patterns.some((pattern) => matchesId(pattern, capability.id)),
    );
  return {
    safety: devices.filter(concernsSafety),
    field: devices.filter((device) => !concernsSafety(device)),
  };
}

function canStop({ kind }: CapabilityConfig): boolean {
  const actions: Record<string, ActionSpec> = capabilityTable[kind];
  return Object.values(actions).some(({ movement }) => movement === 'stops');
}
