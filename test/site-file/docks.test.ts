import { expect, test } from 'vitest';
import { parseSiteFile } from '../../appliance/site-file/index.ts';

const site = (docks: string, sagas = '{}') => `
site: { id: s, name: S }
places: [{ id: bay-1, kind: dock, x: 1, y: 1 }, { id: rack-1, kind: rack, x: 2, y: 1 }]
devices:
  - id: plc
    driver: modbus
    connection: { host: 127.0.0.1 }
    tags:
      - { name: hook, address: 'coil:0', type: boolean, access: read-write }
      - { name: held, address: 'discrete:0', type: boolean }
      - { name: door, address: 'coil:1', type: boolean, access: read-write }
      - { name: open, address: 'discrete:1', type: boolean }
      - { name: shut, address: 'discrete:2', type: boolean }
    capabilities:
      - { id: hook-1, kind: Dock, bind: { command: hook, restrained: held } }
      - { id: door-1, kind: Door, bind: { command: door, opened: open, closed: shut } }
docks: ${docks}
sagas: ${sagas}
`;
const good = '{ id: dock-1, place: bay-1, door: door-1, restraint: hook-1 }';

test('a dock with its place, door and restraint is taken', () => {
  expect(parseSiteFile(site(`[${good}]`), 'site.yaml').docks).toHaveLength(1);
});

test.each([
  ['{ id: dock-1, place: rack-1, door: door-1, restraint: hook-1 }', '{}', 'no place of kind dock "rack-1"'],
  [
    '{ id: dock-1, place: bay-1, door: hook-1, restraint: hook-1 }',
    '{}',
    'no capability of kind Door "hook-1"',
  ],
  [
    '{ id: dock-1, place: bay-1, door: door-1, restraint: hook-2 }',
    '{}',
    'no capability of kind Dock "hook-2"',
  ],
  [`${good}, ${good}`, '{}', 'the dock "dock-1" is there twice'],
  [good, '{ cycleCount: { scanner: eye-1 } }', 'no capability of kind Scanner "eye-1"'],
])('%s is refused', (docks, sagas, problem) => {
  expect(() => parseSiteFile(site(`[${docks}]`, sagas), 'site.yaml')).toThrow(problem);
});
