import type { ModbusDevice } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';

/** Where the conveyor cell of the floor tests has its bits and words on the slave. */
export const CELL = { eStopOk: 0, run: 0, heartbeat: 10, lamp: 20 } as const;

const device = (id: string, port: number, more: Partial<ModbusDevice>): ModbusDevice => ({
  id,
  tags: [],
  capabilities: [],
  silenceMsMax: 3_000,
  reconnect: { firstMs: 20, maxMs: 200 },
  driver: 'modbus',
  connection: {
    host: '127.0.0.1',
    port,
    unitId: 1,
    pollIntervalMs: 10,
    timeoutMs: 3_000,
    gapRegistersMax: 8,
  },
  ...more,
});

/**
 * One conveyor with an e-stop and a heartbeat on a Modbus slave, and, when `lampPort` is given, a lamp on another
 * slave that nothing of safety touches.
 */
export function floorSite(options: {
  readonly port: number;
  readonly lampPort?: number;
  readonly mainSilenceMsMax?: number;
  readonly reset?: 'manual' | 'automatic';
}): Pick<SiteFile, 'devices' | 'places' | 'safety'> {
  const cell = device('cell', options.port, {
    tags: [
      { name: 'e-stop-ok', address: `discrete:${CELL.eStopOk}`, type: 'boolean', access: 'read' },
      { name: 'run', address: `coil:${CELL.run}`, type: 'boolean', access: 'read-write' },
      { name: 'heartbeat', address: `holding:${CELL.heartbeat}`, type: 'uint16', access: 'read-write' },
    ],
    capabilities: [{ id: 'conveyor-1', kind: 'Conveyor', bind: { run: 'run' } }],
  });
  const lamp = device('lamps', options.lampPort ?? 0, {
    tags: [{ name: 'green', address: `coil:${CELL.lamp}`, type: 'boolean', access: 'read-write' }],
    capabilities: [{ id: 'lamp-1', kind: 'StackLight', bind: { green: 'green' } }],
  });
  return {
    places: [],
    devices: options.lampPort === undefined ? [cell] : [cell, lamp],
    safety: {
      interlocks: [
        {
          id: 'e-stop-1',
          text: 'e-stop 1 is pressed',
          tag: 'cell/e-stop-ok',
          is: true,
          staleMsMax: 2_000,
          protects: ['conveyor-*'],
          reset: options.reset ?? 'manual',
        },
      ],
      safeStates: [{ target: 'conveyor-*', action: 'stop' }],
      heartbeats: [{ tag: 'cell/heartbeat', intervalMs: 20 }],
      mainSilenceMsMax: options.mainSilenceMsMax ?? 2_000,
    },
  };
}
