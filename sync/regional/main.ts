import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { systemClock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import { startControl } from './control.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { openPostgresArchive } from './postgres-archive.ts';
import { startReceiver } from './receiver.ts';
import { openSqliteArchive } from './sqlite-archive.ts';
import { readTokenFile } from './token-file.ts';

const USAGE = `Usage: node sync/regional/main.ts --token-file <file> (--data <dir> | --postgres <url>) [options]

  --token-file <file>  JSON: { "sites": { "<site>": "<token>" }, "readers": ["<token>"] }
  --data <dir>         keep events in SQLite in this folder
  --postgres <url>     keep events in this PostgreSQL database (or HOLDFAST_POSTGRES_URL)
  --port <n>           port of the receiver, 0 picks a free one (default 8443)
  --host <address>     address of the receiver (default 127.0.0.1; anything else needs --tls-cert)
  --tls-cert <file>    certificate chain, PEM
  --tls-key <file>     private key, PEM
  --control-port <n>   stand-in region: opens a control port and a proxy whose link can be cut and slowed
  --proxy-port <n>     port of that proxy (default 0)

Prints one line of JSON with its addresses when it is ready.`;

/** Port of a flag; a typo must not become port NaN. */
function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) fail(`${text} is not a port`);
  return value;
}

function fail(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  process.exit(2);
}

function readFlags() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      options: {
        'token-file': text,
        data: text,
        postgres: text,
        port: { ...text, default: '8443' },
        host: { ...text, default: '127.0.0.1' },
        'tls-cert': text,
        'tls-key': text,
        'control-port': text,
        'proxy-port': { ...text, default: '0' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return fail(String(error instanceof Error ? error.message : error));
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const { 'token-file': tokenFile, 'tls-cert': cert, 'tls-key': key, host } = flags;
  // The password in a database url would show in the list of processes; the environment does not.
  const postgres = flags.postgres ?? process.env.HOLDFAST_POSTGRES_URL;
  if (tokenFile === undefined) fail('--token-file is missing');
  if ((flags.data === undefined) === (postgres === undefined)) fail('Give either --data or --postgres');
  if ((cert === undefined) !== (key === undefined)) fail('--tls-cert and --tls-key belong together');
  const loopback = host === '127.0.0.1' || host === '::1' || host === 'localhost';
  if (!loopback && cert === undefined)
    fail('An address that others can reach needs --tls-cert and --tls-key');

  const ports = {
    receiver: port(flags.port),
    proxy: port(flags['proxy-port']),
    control: flags['control-port'] === undefined ? null : port(flags['control-port']),
  };
  const log = pino({ base: { component: 'regional' } }, pino.destination(2));
  const tokens = readTokenFile(tokenFile);
  const nowMs = systemClock.nowMs;
  const archive =
    postgres === undefined
      ? openSqliteArchive({ dir: flags.data ?? '', nowMs })
      : await openPostgresArchive({ url: postgres, nowMs });
  const receiver = await startReceiver({
    archive,
    tokens,
    host,
    port: ports.receiver,
    ...(cert === undefined || key === undefined
      ? {}
      : { tls: { cert: readFileSync(cert), key: readFileSync(key) } }),
    clock: systemClock,
    log,
  });
  const standIn = await startStandIn(receiver.port, ports.control, ports.proxy);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await standIn?.close();
    await receiver.close();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Started with IPC: whoever started us is gone.
  process.once('disconnect', stop);
  console.log(JSON.stringify({ ready: true, url: receiver.url, port: receiver.port, ...standIn?.ports }));
}

async function startStandIn(targetPort: number, controlPort: number | null, proxyPort: number) {
  if (controlPort === null) return undefined;
  const proxy = await startFaultProxy({ targetPort, port: proxyPort });
  const control = await startControl(proxy, controlPort);
  return {
    ports: { controlPort: control.port, proxyPort: proxy.port },
    async close() {
      await control.close();
      await proxy.close();
    },
  };
}

main().catch((error: unknown) => {
  console.error(isApplianceError(error) ? `${error.message}\n${error.hint}` : error);
  process.exit(1);
});
