import type {
  ClientSecureChannelLayer,
  ClientSession,
  OPCUAClient,
  UserIdentityInfo,
} from 'node-opcua-client';
import type { Clock } from '#contracts/clock.ts';
import type { BrowseEntry, DriverContext } from '#contracts/devices.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { OpcuaDevice } from '#contracts/site-devices.ts';
import type { SessionHooks } from '../common/supervisor.ts';
import type { Reading } from '../common/tag-table.ts';
import type { TagSession, WriteAnswer } from '../common/write-tag.ts';
import { browseNode } from './browse.ts';
import { loadOpcua, type Opcua } from './library.ts';
import { startMonitoring } from './monitor.ts';
import { connectionReason, oneLine } from './reason.ts';
import { openTrustList, untrusted } from './trust.ts';
import { opcuaTypeName, toReading } from './value.ts';

export interface OpcuaSession extends TagSession {
  browse(address?: string): Promise<readonly BrowseEntry[]>;
}

export interface OpcuaSessionOptions {
  readonly context: DriverContext;
  readonly device: OpcuaDevice;
  readonly hooks: SessionHooks & { take(readings: readonly Reading[]): void };
  readonly signal: AbortSignal;
}

/** A polite goodbye; past it the socket is broken off. */
const GOODBYE_MS_MAX = 400;
const TRANSACTION_MS_MIN = 1_000;

/** Connects, signs in and subscribes. The client never reconnects by itself: the supervisor does, with its own pauses. */
export async function openOpcuaSession(options: OpcuaSessionOptions): Promise<OpcuaSession> {
  const { context, device, hooks, signal } = options;
  const opcua = await loadOpcua(context.log);
  const client = await createClient(opcua, context, device);
  let channel: ClientSecureChannelLayer | null = null;
  client.on('secure_channel_created', (created) => {
    channel = created;
  });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= closeClient(client, () => channel, context.clock);
    return closing;
  };
  const onAbort = () => void close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await client.connect(device.connection.endpointUrl);
    const session = await client.createSession(identityOf(opcua, context, device));
    client.on('connection_lost', () => hooks.ended('the connection was lost'));
    client.on('close', () => hooks.ended('the connection was closed'));
    client.on('abort', () => hooks.ended('the server broke the connection off'));
    session.on('session_closed', () => hooks.ended('the server ended the session'));
    const monitoring = await startMonitoring({ opcua, session, device, hooks });
    signal.removeEventListener('abort', onAbort);
    return { ...sessionOf(opcua, session, device), begin: monitoring.begin, close };
  } catch (error) {
    signal.removeEventListener('abort', onAbort);
    await close();
    throw explain(error, context, device);
  }
}

async function createClient(opcua: Opcua, context: DriverContext, device: OpcuaDevice): Promise<OPCUAClient> {
  const { securityMode, securityPolicy } = device.connection;
  return opcua.OPCUAClient.create({
    applicationName: 'Holdfast',
    clientName: `holdfast-${device.id}`,
    securityMode: opcua.MessageSecurityMode[securityMode],
    securityPolicy: opcua.SecurityPolicy[securityPolicy],
    clientCertificateManager: await openTrustList(context.dataDir),
    // Behind a NAT or a proxy a server cannot know under which address it is reached.
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100 },
    keepSessionAlive: false,
    requestedSessionTimeout: Math.max(10_000, device.silenceMsMax * 4),
    transportTimeout: Math.max(TRANSACTION_MS_MIN, device.silenceMsMax),
    defaultTransactionTimeout: Math.max(TRANSACTION_MS_MIN, device.silenceMsMax),
  });
}

function identityOf({ UserTokenType }: Opcua, context: DriverContext, device: OpcuaDevice): UserIdentityInfo {
  const { user, password } = device.connection;
  if (user === undefined) return { type: UserTokenType.Anonymous };
  const secret = password === undefined ? '' : context.secret(password);
  return { type: UserTokenType.UserName, userName: user, password: secret };
}

function sessionOf(
  opcua: Opcua,
  session: ClientSession,
  device: OpcuaDevice,
): Omit<OpcuaSession, 'begin' | 'close'> {
  const { AttributeIds, DataType, Variant } = opcua;
  return {
    browse: (address) => browseNode(opcua, session, device.id, address),
    async read(tags) {
      const values = await session
        .read(tags.map(({ address }) => ({ nodeId: address, attributeId: AttributeIds.Value })))
        .catch((cause: unknown) => {
          const what = tags.map(({ name }) => name).join(', ');
          const timeoutMs = Math.max(TRANSACTION_MS_MIN, device.silenceMsMax);
          throw new ApplianceError('DRV_TIMEOUT', { device: device.id, what, timeoutMs }, { cause });
        });
      return tags.flatMap((tag, index) => {
        const value = values[index];
        return value === undefined ? [] : [toReading(opcua, tag.name, value)];
      });
    },
    async write(tag, raw): Promise<WriteAnswer> {
      const value = { value: new Variant({ dataType: DataType[opcuaTypeName(tag.type)], value: raw }) };
      try {
        const status = await session.write({ nodeId: tag.address, attributeId: AttributeIds.Value, value });
        if (status.isGood()) return { state: 'acknowledged' };
        // A server that gave up waiting for its own device does not know either.
        if (/Timeout|Communication|NoResponse/.test(status.name)) {
          return { state: 'unanswered', reason: `${status.name}: ${status.description}` };
        }
        const details = { device: device.id, what: `to write ${tag.name}`, reason: status.name };
        return { state: 'refused', error: new ApplianceError('DRV_REFUSED', details) };
      } catch (error) {
        return {
          state: 'unanswered',
          reason: connectionReason(messageOf(error)) ?? oneLine(messageOf(error)),
        };
      }
    },
  };
}

/** Says goodbye, then breaks the socket off: on a half-open link the goodbye would wait for an answer. */
async function closeClient(
  client: OPCUAClient,
  channel: () => ClientSecureChannelLayer | null,
  clock: Clock,
): Promise<void> {
  let cancel = () => {};
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(GOODBYE_MS_MAX, () => {
      channel()?.forceConnectionBreak();
      resolve();
    });
  });
  const goodbye = client.disconnect().catch(() => undefined);
  await Promise.race([goodbye, patience]);
  cancel();
}

/** What the library says, as an error that tells a technician what to do. */
function explain(error: unknown, context: DriverContext, device: OpcuaDevice): Error {
  if (isApplianceError(error)) return error;
  const message = messageOf(error);
  const reason = connectionReason(message);
  if (reason !== undefined) return new Error(reason, { cause: error });
  if (/BadCertificateUntrusted|not trusted|untrusted/i.test(message)) {
    return untrusted(device.id, context.dataDir, error);
  }
  if (/cannot find (an )?end\s?point|no endpoint|endpoint/i.test(message)) {
    const { securityPolicy, securityMode } = device.connection;
    const details = { device: device.id, wanted: `${securityPolicy}/${securityMode}`, offered: 'others' };
    return new ApplianceError('DRV_NO_ENDPOINT', details, { cause: error });
  }
  return new Error(oneLine(message), { cause: error });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
