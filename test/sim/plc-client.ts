import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type ClientSubscription,
  DataType,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from 'node-opcua-client';

/** A real OPC UA client to the line PLC, by the names of its variables. */
export interface PlcClient {
  read(name: string): Promise<unknown>;
  /** Status of the write, such as Good or BadNotWritable. */
  write(name: string, value: boolean | number | string): Promise<string>;
  /** Resolves when a subscription has told that it is so; the first look counts. */
  until(name: string, fits: (value: unknown) => boolean): Promise<unknown>;
  /** Counts the heartbeat up until `stopHeartbeat`. */
  beat(): void;
  stopHeartbeat(): void;
  browse(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const BEAT_MS = 200;
const nodeId = (name: string) => `ns=1;s=${name}`;
const dataTypeOf = (value: boolean | number | string) =>
  typeof value === 'boolean'
    ? DataType.Boolean
    : typeof value === 'number'
      ? DataType.UInt32
      : DataType.String;

/** Certificates of the test's own client, away from the home directory. */
const pkiDir = mkdtempSync(join(tmpdir(), 'holdfast-test-pki-'));
process.once('exit', () => rmSync(pkiDir, { recursive: true, force: true }));

export async function connectPlc(port: number, policy = SecurityPolicy.None): Promise<PlcClient> {
  const client = OPCUAClient.create({
    securityPolicy: policy,
    securityMode:
      policy === SecurityPolicy.None ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt,
    connectionStrategy: { maxRetry: 2, initialDelay: 100, maxDelay: 500 },
    clientName: 'holdfast-test',
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: pkiDir,
      automaticallyAcceptUnknownCertificate: true,
    }),
  });
  await client.connect(`opc.tcp://127.0.0.1:${port}`);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 20,
    requestedLifetimeCount: 1_000,
    requestedMaxKeepAliveCount: 50,
    publishingEnabled: true,
  });
  let beating: NodeJS.Timeout | undefined;
  let count = 0;

  const write = async (name: string, value: boolean | number | string) => {
    const status = await session.write({
      nodeId: nodeId(name),
      attributeId: AttributeIds.Value,
      value: { value: { dataType: dataTypeOf(value), value } },
    });
    return status.name;
  };
  return {
    async read(name) {
      const { value } = await session.read({ nodeId: nodeId(name), attributeId: AttributeIds.Value });
      return value.value;
    },
    write,
    until: (name, fits) => watch(subscription, name, fits),
    beat() {
      const tick = () => void write('Safety.Heartbeat', ++count).catch(() => clearInterval(beating));
      tick();
      beating = setInterval(tick, BEAT_MS);
    },
    stopHeartbeat: () => clearInterval(beating),
    browse: () => browse(session),
    async close() {
      clearInterval(beating);
      await session.close().catch(() => {});
      await client.disconnect();
    },
  };
}

function watch(
  subscription: ClientSubscription,
  name: string,
  fits: (value: unknown) => boolean,
): Promise<unknown> {
  const item = ClientMonitoredItem.create(
    subscription,
    { nodeId: nodeId(name), attributeId: AttributeIds.Value },
    { samplingInterval: 0, queueSize: 100, discardOldest: true },
    TimestampsToReturn.Both,
  );
  return new Promise((resolve, reject) => {
    item.on('err', (message: string) => reject(new Error(`${name}: ${message}`)));
    item.on('changed', (changed: DataValue) => {
      if (!fits(changed.value.value)) return;
      void item.terminate();
      resolve(changed.value.value);
    });
  });
}

async function browse(session: ClientSession): Promise<readonly string[]> {
  const { references } = await session.browse(nodeId('LinePlc'));
  return (references ?? []).map(({ browseName }) => browseName.name ?? '');
}
