import { startModbusSlave } from '../support/modbus-slave.ts';
import { CONTRACT_SILENCE_MS, type ContractPeer, contractSuite } from './contract-suite.ts';
import { modbusDevice } from './devices.ts';

async function startPeer(): Promise<ContractPeer> {
  const slave = await startModbusSlave();
  return {
    port: slave.port,
    device: (port) =>
      modbusDevice({
        port,
        silenceMsMax: CONTRACT_SILENCE_MS,
        tags: [
          { name: 'level', address: 'holding:20', type: 'int16', access: 'read-write', unit: 'm' },
          { name: 'ready', address: 'discrete:3', type: 'boolean', access: 'read' },
          // Past the slave's last address: it answers with an exception.
          { name: 'misfit', address: 'holding:5000', type: 'uint16', access: 'read' },
        ],
      }),
    set(tag, value) {
      if (tag === 'level') slave.words.holding[20] = Number(value);
      else slave.bits.discrete[3] = value === true;
    },
    get: (tag) => (tag === 'level' ? (slave.words.holding[20] ?? 0) : (slave.bits.discrete[3] ?? false)),
    close: slave.close,
  };
}

contractSuite('modbus', startPeer, { writes: true });
