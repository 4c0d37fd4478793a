import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { DataType, StatusCodes, Variant } from 'node-opcua-client';
import { MonitoredItem, OPCUAServer } from 'node-opcua-server';
import { OPCUA_SESSIONS_MAX, PLC_CYCLE_MS } from '../limits.ts';
import type { PlcNode, PlcValue } from './plc-nodes.ts';

export interface OpcuaPlc {
  readonly port: number;
  /** Once per PLC cycle: hands changes to those who subscribed. */
  publish(): void;
  close(): Promise<void>;
}

export interface OpcuaOptions {
  readonly nodes: readonly PlcNode[];
  /** Port that clients are told, in front of the one that is listened on. */
  readonly advertisedPort: number;
  /** Keeps certificates and trust lists. */
  readonly pkiDir: string;
}

const LOOPBACK = '127.0.0.1';
const dataTypes = { Boolean: DataType.Boolean, UInt32: DataType.UInt32, String: DataType.String } as const;

/**
 * The line PLC as an OPC UA server: every policy from None to Aes256_Sha256_RsaPss, anonymous users, and clients'
 * certificates taken as they come, as a machine on the bench does.
 */
export async function startOpcua({ nodes, advertisedPort, pkiDir }: OpcuaOptions): Promise<OpcuaPlc> {
  // The library samples no faster than 50 ms; a PLC offers what it has once per cycle.
  MonitoredItem.minimumSamplingInterval = PLC_CYCLE_MS;
  const server = new OPCUAServer({
    host: LOOPBACK,
    hostname: LOOPBACK,
    port: 0,
    advertisedEndpoints: `opc.tcp://${LOOPBACK}:${advertisedPort}`,
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: pkiDir,
      automaticallyAcceptUnknownCertificate: true,
    }),
    serverCapabilities: { maxSessions: OPCUA_SESSIONS_MAX },
    maxConnectionsPerEndpoint: 2 * OPCUA_SESSIONS_MAX,
    serverInfo: { applicationUri: 'urn:holdfast:line-plc', productUri: 'urn:holdfast:line-plc' },
    buildInfo: { productName: 'Holdfast simulated line PLC' },
    isAuditing: false,
  });
  await server.initialize();
  const publish = addNodes(server, nodes);
  await server.start();
  const [endpoint] = server.endpoints;
  return {
    port: endpoint?.port ?? 0,
    publish,
    async close() {
      await server.shutdown(0);
      server.dispose();
    },
  };
}

/** Adds the variables; the returned function compares each with what was last handed out. */
function addNodes(server: OPCUAServer, nodes: readonly PlcNode[]): () => void {
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error('the OPC UA server has no address space after initialize');
  const namespace = addressSpace.getOwnNamespace();
  const plc = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: 'LinePlc',
    nodeId: 's=LinePlc',
  });
  const variables = nodes.map((node) => {
    const dataType = dataTypes[node.type];
    const toVariant = () => new Variant({ dataType, value: node.read() });
    const { write } = node;
    const access = write === undefined ? 'CurrentRead' : 'CurrentRead | CurrentWrite';
    const variable = namespace.addVariable({
      componentOf: plc,
      browseName: node.name,
      nodeId: `s=${node.name}`,
      description: node.text,
      dataType,
      minimumSamplingInterval: 0,
      accessLevel: access,
      userAccessLevel: access,
      value: toVariant(),
    });
    if (write !== undefined) {
      // Bound to the program: a write takes effect at once, and what is read back is what the program made of it.
      const set = (variant: Variant) => (write(variant.value) ? StatusCodes.Good : StatusCodes.BadOutOfRange);
      variable.bindVariable({ get: toVariant, set }, true);
    }
    let told: PlcValue | undefined;
    return () => {
      const value = node.read();
      if (value === told) return;
      told = value;
      variable.setValueFromSource({ dataType, value });
    };
  });
  return () => {
    for (const tell of variables) tell();
  };
}
