import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { measure } from './broker/load.ts';
import { type BenchResult, median } from './result.ts';

const ROUNDS = 3;
const QOS0_COUNT = 200_000;
const QOS1_COUNT = 60_000;
const RATIO_MIN = 0.8;
const QOS1_PER_SECOND_MIN = 10_000;

/** QoS 0 one-to-one beside mosquitto in the same run; QoS 1 to a stored session, each message on disk. */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-bench-broker-'));
  const children: ChildProcess[] = [];
  try {
    const ours = await startOurs(join(dir, 'data'), children);
    const theirs = await startMosquitto(dir, children);
    const samples = { ours: [] as number[], theirs: [] as number[], qos1: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      samples.theirs.push(await measure(theirs, 0, QOS0_COUNT));
      samples.ours.push(await measure(ours, 0, QOS0_COUNT));
      samples.qos1.push(await measure(ours, 1, QOS1_COUNT));
    }
    const [qos0, mosquitto, qos1] = [samples.ours, samples.theirs, samples.qos1].map((all) =>
      Math.round(median(all)),
    );
    const ratio = (qos0 ?? 0) / (mosquitto ?? 1);
    return {
      bench: 'broker',
      value: Number(ratio.toFixed(2)),
      unit: 'of mosquitto at QoS 0',
      budget: RATIO_MIN,
      holds: ratio >= RATIO_MIN && (qos1 ?? 0) >= QOS1_PER_SECOND_MIN,
      qos0PerSecond: qos0,
      mosquittoQos0PerSecond: mosquitto,
      qos1StoredPerSecond: qos1,
      qos1Budget: QOS1_PER_SECOND_MIN,
    };
  } finally {
    for (const child of children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startOurs(dir: string, children: ChildProcess[]): Promise<number> {
  const entry = fileURLToPath(new URL('./broker/server.ts', import.meta.url));
  const child = spawn(process.execPath, [entry, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return Number(line);
}

async function startMosquitto(dir: string, children: ChildProcess[]): Promise<number> {
  const port = await freePort();
  const config = join(dir, 'mosquitto.conf');
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_type none\nset_tcp_nodelay true\n`,
  );
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
  await once(child, 'spawn').catch(() => {
    throw new Error('mosquitto is missing: install the Debian package mosquitto');
  });
  children.push(child);
  while (!(await answers(port))) if (child.exitCode !== null) throw new Error('mosquitto did not start');
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => setImmediate(resolve, false));
  });
