import { randomBytes } from 'node:crypto';
import { startRosRobot } from '../support/ros-robot.ts';
import { CONTRACT_SILENCE_MS, type ContractPeer, contractSuite } from './contract-suite.ts';
import { rosbridgeDevice } from './devices.ts';

async function startPeer(): Promise<ContractPeer> {
  const robot = await startRosRobot();
  return {
    port: robot.port,
    device: (port) =>
      rosbridgeDevice({
        port,
        silenceMsMax: CONTRACT_SILENCE_MS,
        tags: [
          {
            name: 'level',
            address: 'battery_state percentage',
            type: 'float64',
            access: 'read',
            unit: 'm',
            scale: SCALE,
          },
          { name: 'ready', address: 'state data.moving', type: 'boolean', access: 'read' },
          { name: 'misfit', address: 'state data.activity', type: 'int16', access: 'read' },
        ],
        capabilities: [{ id: 'amr-1', kind: 'MobileRobot' }],
      }),
    // Battery goes from 0 to 1; the suite's levels are scaled on the way in and out.
    set(tag, value) {
      if (tag === 'level') robot.battery = Number(value) / SCALE;
      else robot.status.moving = value === true;
    },
    get: (tag) => (tag === 'level' ? robot.battery * SCALE : robot.status.moving),
    close: robot.close,
  };
}

const SCALE = 100;

contractSuite('rosbridge', startPeer, { writes: false, junk: () => randomBytes(300) });
