import { startOpcuaPlc } from '../support/opcua-plc.ts';
import { CONTRACT_SILENCE_MS, type ContractPeer, contractSuite } from './contract-suite.ts';
import { opcuaDevice } from './devices.ts';

async function startPeer(): Promise<ContractPeer> {
  const plc = await startOpcuaPlc({
    variables: [
      { name: 'Level', dataType: 'Int16', value: 0, writable: true },
      { name: 'Ready', dataType: 'Boolean', value: false },
      { name: 'Label', dataType: 'String', value: 'a text' },
    ],
  });
  const names = { level: 'Level', ready: 'Ready' } as const;
  return {
    port: plc.port,
    device: (port) =>
      opcuaDevice({
        port,
        silenceMsMax: CONTRACT_SILENCE_MS,
        tags: [
          { name: 'level', address: plc.nodeId('Level'), type: 'int16', access: 'read-write', unit: 'm' },
          { name: 'ready', address: plc.nodeId('Ready'), type: 'boolean', access: 'read' },
          { name: 'misfit', address: plc.nodeId('Label'), type: 'int32', access: 'read' },
        ],
      }),
    set: (tag, value) => plc.set(names[tag], value),
    get(tag) {
      const value = plc.get(names[tag]);
      return typeof value === 'boolean' || typeof value === 'number' ? value : String(value);
    },
    close: plc.close,
  };
}

contractSuite('opcua', startPeer, { writes: true });
