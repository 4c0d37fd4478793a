import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { DataType, type StatusCode, StatusCodes, Variant, VariantArrayType } from 'node-opcua-client';
import { OPCUAServer } from 'node-opcua-server';

export interface PlcVariable {
  readonly name: string;
  readonly dataType: keyof typeof DataType;
  readonly value: unknown;
  readonly writable?: boolean;
  /** Called with what a client wrote. */
  onWrite?(value: unknown): void;
}

export interface OpcuaPlc {
  readonly port: number;
  nodeId(name: string): string;
  set(name: string, value: unknown, status?: StatusCode): void;
  get(name: string): unknown;
  close(): Promise<void>;
}

type UAVariable = ReturnType<
  ReturnType<NonNullable<OPCUAServer['engine']['addressSpace']>['getOwnNamespace']>['addVariable']
>;

export interface PlcOptions {
  readonly variables: readonly PlcVariable[];
  /** User and password that the server asks for; without it everybody is let in. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** An OPC UA server on loopback with plain variables, every security policy, and clients' certificates accepted. */
export async function startOpcuaPlc({ variables, user }: PlcOptions): Promise<OpcuaPlc> {
  const pki = sharedPki();
  const server = new OPCUAServer({
    host: '127.0.0.1',
    hostname: '127.0.0.1',
    port: 0,
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: pki,
      automaticallyAcceptUnknownCertificate: true,
      disableFileWatchers: true,
    }),
    allowAnonymous: user === undefined,
    ...(user === undefined
      ? {}
      : {
          userManager: {
            isValidUser: (name: string, password: string) => name === user.name && password === user.password,
          },
        }),
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error('no address space');
  const namespace = addressSpace.getOwnNamespace();
  const plc = namespace.addObject({
    organizedBy: addressSpace.rootFolder.objects,
    browseName: 'Plc',
    nodeId: 's=Plc',
  });
  const nodes = new Map<string, UAVariable>();
  for (const { name, dataType, value, writable, onWrite } of variables) {
    const node = namespace.addVariable({
      componentOf: plc,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: DataType[dataType],
      minimumSamplingInterval: 0,
      accessLevel: writable === true ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
      userAccessLevel: writable === true ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    });
    node.setValueFromSource(
      new Variant({ dataType: DataType[dataType], arrayType: VariantArrayType.Scalar, value }),
    );
    if (onWrite !== undefined) node.on('value_changed', ({ value: changed }) => onWrite(changed.value));
    nodes.set(name, node);
  }
  await server.start();
  const node = (name: string): UAVariable => {
    const found = nodes.get(name);
    if (found === undefined) throw new Error(`the PLC has no ${name}`);
    return found;
  };
  return {
    port: server.endpoints[0]?.port ?? 0,
    nodeId: (name) => `ns=${namespace.index};s=${name}`,
    set(name, value, status = StatusCodes.Good) {
      const { dataType } = node(name).readValue().value;
      node(name).setValueFromSource(
        new Variant({ dataType, arrayType: VariantArrayType.Scalar, value }),
        status,
      );
    },
    get: (name) => node(name).readValue().value.value,
    async close() {
      await server.shutdown(0);
      server.dispose();
    },
  };
}

let shared: string | undefined;

/** One certificate for all PLCs of a test process: making one takes a second. */
function sharedPki(): string {
  if (shared === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'holdfast-plc-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    shared = made;
  }
  return shared;
}
