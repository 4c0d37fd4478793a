import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { MqttConfig } from './grants.ts';

export interface TlsMaterial {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
}
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
/** Null for what the site file does not name. */
export interface BrokerAddresses {
  readonly mqtt: ListenAddress | null;
  readonly mqtts: ListenAddress | null;
}

export interface Listeners {
  readonly addresses: BrokerAddresses;
  /** For new connections; those that are open keep theirs. */
  setTls(tls: TlsMaterial): void;
  close(): Promise<void>;
}

// Time a TLS client gets for its handshake.
const HANDSHAKE_MS_MAX = 10_000;
const TLS_VERSION_MIN = 'TLSv1.2';

/** Opens the listeners that the site file names, and hands over each socket that is let in. */
export async function openListeners(
  config: MqttConfig,
  tls: TlsMaterial | undefined,
  options: { socketsMax: number; log: Log; admit(address: string): boolean; onSocket(socket: Socket): void },
): Promise<Listeners> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    if (options.admit(socket.remoteAddress ?? 'unknown')) options.onSocket(socket);
    else socket.destroy();
  };
  const servers: Server[] = [];
  let secure: TlsServer | null = null;
  const open = async (server: Server, port: number): Promise<ListenAddress> => {
    server.maxConnections = options.socketsMax;
    // The socket below TLS too: one that is still shaking hands would keep the server from closing.
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    servers.push(server);
    const address = await listen(server, config.host, port);
    // Such as too many open files; it concerns the one that wanted to come in.
    server.on('error', (error) => options.log.error({ err: error }, 'a connection could not be accepted'));
    return address;
  };
  const close = async () => {
    const closed = servers.map((server) => new Promise<void>((done) => server.close(() => done())));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  try {
    if (config.tlsPort !== undefined) secure = tlsServer(tls, options.log, accept);
    const mqtt = config.port === undefined ? null : await open(createServer(accept), config.port);
    const mqtts = config.tlsPort === undefined || secure === null ? null : await open(secure, config.tlsPort);
    return {
      addresses: { mqtt, mqtts },
      setTls: ({ key, cert }) => secure?.setSecureContext({ key, cert, minVersion: TLS_VERSION_MIN }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function tlsServer(tls: TlsMaterial | undefined, log: Log, accept: (socket: Socket) => void): TlsServer {
  if (tls === undefined) throw new ApplianceError('MQTT_TLS_MISSING');
  const { key, cert } = tls;
  const options = { key, cert, minVersion: TLS_VERSION_MIN, handshakeTimeout: HANDSHAKE_MS_MAX } as const;
  const server = createTlsServer(options, accept);
  server.on('tlsClientError', (error, socket) => {
    log.debug({ err: error, address: socket.remoteAddress }, 'a TLS handshake failed');
    socket.destroy();
  });
  return server;
}

function listen(server: Server, host: string, port: number): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new ApplianceError('MQTT_LISTEN_FAILED', { host, port, reason: error.message }, { cause: error }),
      );
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
    });
  });
}
