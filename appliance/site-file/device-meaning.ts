import { bindingProblems } from '#contracts/bindings.ts';
import type { CapabilityConfig, DeviceConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Path } from '#contracts/yaml-place.ts';
import { addressProblem } from '../../drivers/index.ts';
import { type Mistake, mistakeAt, repeated } from './mistake.ts';

/** What keeps a driver from being made of one device: addresses, roles, robots. */
export function deviceMistakes(device: DeviceConfig, at: Path): readonly Mistake[] {
  const { tags, capabilities } = device;
  return [
    ...repeated(
      tags.map(({ name }) => name),
      (index) => [...at, 'tags', index, 'name'],
      'tag',
    ),
    ...tags.flatMap((tag, index) => {
      const problem = addressProblem(device, tag);
      if (problem === undefined) return [];
      const words = `"${tag.address}" is no address of a ${device.driver} device: ${problem}`;
      return [mistakeAt([...at, 'tags', index, 'address'], words, addressCures[device.driver])];
    }),
    ...capabilities.flatMap((capability, index) =>
      bindingProblems(bindable(capability), tags).map((problem) =>
        mistakeAt(
          [...at, 'capabilities', index, 'bind'],
          problem,
          'See the roles of each capability in docs/site-file.md.',
        ),
      ),
    ),
    ...robotMistakes(device, [...at, 'capabilities']),
  ];
}

const addressCures: Readonly<Record<DeviceConfig['driver'], string>> = {
  modbus:
    'Write coil:12, discrete:3, holding:20 or input:7, a string as holding:100:18; tags that are written need coil or holding.',
  opcua: 'Write a NodeId, such as ns=1;s=Line.Run or i=2258.',
  rosbridge: 'Write a topic, a space and a field path, such as battery_state percentage, with access: read.',
};

const bindable = ({ kind, bind }: CapabilityConfig) => (bind === undefined ? { kind } : { kind, bind });

function robotMistakes({ driver, capabilities }: DeviceConfig, at: Path): readonly Mistake[] {
  const robots = capabilities.flatMap(({ kind }, index) => (kind === 'MobileRobot' ? [index] : []));
  if (driver === 'rosbridge') {
    return robots
      .slice(1)
      .map((index) =>
        mistakeAt([...at, index], 'one device is one robot', 'Give it a device with its own namespace.'),
      );
  }
  return robots.map((index) =>
    mistakeAt([...at, index, 'kind'], 'a MobileRobot is not driven by tags', 'Use driver: rosbridge.'),
  );
}

/** Capability ids are what the whole site calls them, whichever device has them. */
export function capabilityMistakes(file: SiteFile): readonly Mistake[] {
  const capabilityIds = file.devices.flatMap((device, deviceIndex) =>
    device.capabilities.map((capability, index) => ({
      id: capability.id,
      path: ['devices', deviceIndex, 'capabilities', index, 'id'] as Path,
    })),
  );
  const seen = new Set<string>();
  return capabilityIds.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [
      mistakeAt(
        path,
        `the capability "${id}" is there twice`,
        'Capability ids are unique on a site; rename one.',
      ),
    ];
  });
}
