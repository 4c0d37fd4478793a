import { PEER_START_MS_MAX, startPythonPeer } from '../support/python-peer.ts';
import { CONTRACT_SILENCE_MS, type ContractPeer, contractSuite } from './contract-suite.ts';
import { opcuaDevice } from './devices.ts';

async function startPeer(): Promise<ContractPeer> {
  const plc = await startPythonPeer<{ port: number; namespace: number }>('asyncua_plc.py');
  const names = { level: 'Level', ready: 'Ready' } as const;
  const nodeId = (name: string) => `ns=${plc.ready.namespace};s=${name}`;
  return {
    port: plc.ready.port,
    device: (port) =>
      opcuaDevice({
        port,
        silenceMsMax: CONTRACT_SILENCE_MS,
        tags: [
          { name: 'level', address: nodeId('Level'), type: 'int16', access: 'read-write', unit: 'm' },
          { name: 'ready', address: nodeId('Ready'), type: 'boolean', access: 'read' },
          { name: 'misfit', address: nodeId('Label'), type: 'int32', access: 'read' },
        ],
      }),
    async set(tag, value) {
      await plc.ask('set', names[tag], value);
    },
    async get(tag) {
      const value = await plc.ask('get', names[tag], null);
      return typeof value === 'boolean' ? value : Number(value);
    },
    close: plc.close,
  };
}

contractSuite('opcua with asyncua', startPeer, { writes: true, startMsMax: PEER_START_MS_MAX });
