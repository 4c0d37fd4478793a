import { expect, test } from 'vitest';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import { placeDevices } from '../../appliance/threads/index.ts';
import { floorSite } from '../support/floor-site.ts';

const [lampDevice] = floorSite({ port: 1, lampPort: 2 }).devices.slice(1);

function device(id: string, kind?: DeviceConfig['capabilities'][number]['kind']): DeviceConfig {
  if (lampDevice === undefined) throw new Error('the site of the tests has a lamp');
  return {
    ...lampDevice,
    id,
    capabilities: kind === undefined ? [] : [{ id: `${id}-${kind.toLowerCase()}`, kind }],
  };
}

test('what rules read, protect, hold or feed with beats, and whatever can be stopped, is the safety thread’s', () => {
  const { safety, field } = placeDevices({
    devices: [
      device('line-plc'),
      device('watch-plc'),
      device('amr-1', 'MobileRobot'),
      device('belt', 'Conveyor'),
      device('gate', 'Door'),
      device('dock', 'Dock'),
      device('hatch', 'Door'),
      device('lamps', 'StackLight'),
      device('scan', 'Scanner'),
      device('meter'),
    ],
    safety: {
      interlocks: [
        {
          id: 'e-stop-1',
          text: 'pressed',
          tag: 'line-plc/e-stop',
          is: true,
          staleMsMax: 2_000,
          protects: ['gate-*'],
          reset: 'manual',
        },
      ],
      safeStates: [{ target: 'dock-*', action: 'stop' }],
      heartbeats: [{ tag: 'watch-plc/beat', intervalMs: 250 }],
      mainSilenceMsMax: 2_000,
    },
  });
  expect(safety.map(({ id }) => id)).toEqual(['line-plc', 'watch-plc', 'amr-1', 'belt', 'gate', 'dock']);
  expect(field.map(({ id }) => id)).toEqual(['hatch', 'lamps', 'scan', 'meter']);
});
