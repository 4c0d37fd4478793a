import { PEER_START_MS_MAX, startPythonPeer } from '../support/python-peer.ts';
import { CONTRACT_SILENCE_MS, type ContractPeer, contractSuite } from './contract-suite.ts';
import { modbusDevice } from './devices.ts';

async function startPeer(): Promise<ContractPeer> {
  const slave = await startPythonPeer<{ port: number }>('pymodbus_slave.py');
  const cells = { level: ['holding', 20], ready: ['discrete', 3] } as const;
  return {
    port: slave.ready.port,
    device: (port) =>
      modbusDevice({
        port,
        silenceMsMax: CONTRACT_SILENCE_MS,
        tags: [
          { name: 'level', address: 'holding:20', type: 'int16', access: 'read-write', unit: 'm' },
          { name: 'ready', address: 'discrete:3', type: 'boolean', access: 'read' },
          { name: 'misfit', address: 'holding:5000', type: 'uint16', access: 'read' },
        ],
      }),
    async set(tag, value) {
      await slave.ask('set', ...cells[tag], typeof value === 'boolean' ? Number(value) : value);
    },
    async get(tag) {
      const value = await slave.ask('get', ...cells[tag], null);
      return tag === 'ready' ? Boolean(value) : Number(value);
    },
    close: slave.close,
  };
}

contractSuite('modbus with pymodbus', startPeer, { writes: true, startMsMax: PEER_START_MS_MAX });
