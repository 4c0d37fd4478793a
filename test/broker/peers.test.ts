import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import { silentLog } from '#contracts/log.ts';
import { identityStoreModule, openIdentity } from '../../appliance/identity/index.ts';
import { openStore } from '../../appliance/store/index.ts';
import { ensureDebianPackage } from '../support/debian-package.ts';
import { passwordOf } from './config.ts';
import { folder, inbox, startSite } from './site.ts';

beforeAll(() => {
  ensureDebianPackage('mosquitto-clients', 'command -v mosquitto_pub');
  ensureDebianPackage('python3-paho-mqtt', '/usr/bin/python3 -c "import paho.mqtt"');
}, 300_000);

interface Peer {
  readonly process: ChildProcess;
  readonly lines: AsyncIterableIterator<string>;
  readonly ended: Promise<number | null>;
  complaints(): string;
}

function startPeer(command: string, parameters: readonly string[]): Peer {
  const child = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  const reader: Interface = createInterface(child.stdout);
  return {
    process: child,
    lines: reader[Symbol.asyncIterator](),
    ended: once(child, 'exit').then(([code]) => code),
    complaints: () => complaints,
  };
}

const as = (port: number, user: string, id = user): string[] => [
  '-h',
  '127.0.0.1',
  '-p',
  String(port),
  '-V',
  'mqttv311',
  '-u',
  user,
  '-P',
  passwordOf(user),
  '-i',
  id,
];
const lines = async (peer: Peer, count: number): Promise<string[]> => {
  const got: string[] = [];
  while (got.length < count) {
    const next = await peer.lines.next();
    if (next.done) throw new Error(`the peer ended after ${got.length} lines: ${peer.complaints()}`);
    got.push(next.value);
  }
  return got;
};

describe('mosquitto', () => {
  test.each(['0', '1', '2'])('publishes and subscribes at QoS %s', async (qos) => {
    const site = await startSite();
    const subscriber = startPeer('mosquitto_sub', [
      ...as(site.port, 'bob'),
      '-t',
      'cell/#',
      '-q',
      qos,
      '-F',
      '%q %r %t %p',
    ]);
    while (site.broker.stats().subscriptions === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const n of [1, 2, 3]) {
      const publisher = startPeer('mosquitto_pub', [
        ...as(site.port, 'alice'),
        '-t',
        `cell/${n}`,
        '-q',
        qos,
        '-m',
        `m${n}`,
      ]);
      expect([await publisher.ended, publisher.complaints()]).toEqual([0, '']);
    }
    expect(await lines(subscriber, 3)).toEqual([1, 2, 3].map((n) => `${qos} 0 cell/${n} m${n}`));
  });

  test('gets what was queued for its stored session, and retained messages', async () => {
    const site = await startSite();
    const stored = [...as(site.port, 'bob'), '-c', '-t', 'queue', '-t', 'kept', '-q', '2'];
    const first = startPeer('mosquitto_sub', [...stored, '-E']);
    expect(await first.ended).toBe(0);
    const sender = startPeer('mosquitto_pub', [
      ...as(site.port, 'alice'),
      '-t',
      'kept',
      '-q',
      '1',
      '-r',
      '-m',
      'state',
    ]);
    expect(await sender.ended).toBe(0);
    for (const n of [1, 2]) await site.broker.publish('queue', String(n), { qos: 2 });
    const second = startPeer('mosquitto_sub', [...stored, '-F', '%q %r %t %p', '-C', '4']);
    const got = await lines(second, 4);
    // In order within a QoS; QoS 2 ends a handshake later than QoS 1.
    expect(got.filter((line) => line.startsWith('1'))).toEqual(['1 0 kept state', '1 1 kept state']);
    expect(got.filter((line) => line.startsWith('2'))).toEqual(['2 0 queue 1', '2 0 queue 2']);
    expect(await second.ended).toBe(0);
    const third = startPeer('mosquitto_sub', [...stored, '-E']);
    expect(await third.ended).toBe(0);
    while (site.broker.stats().queuedCount > 1) await new Promise((resolve) => setImmediate(resolve));
  });

  test('is told when it is not let in', async () => {
    const site = await startSite();
    const wrong = startPeer('mosquitto_pub', [
      '-h',
      '127.0.0.1',
      '-p',
      String(site.port),
      '-u',
      'bob',
      '-P',
      'no',
      '-t',
      'a',
      '-m',
      'x',
    ]);
    expect(await wrong.ended).not.toBe(0);
    expect(wrong.complaints()).toMatch(/bad user ?name or password/i);
    const anonymous = startPeer('mosquitto_pub', [
      '-h',
      '127.0.0.1',
      '-p',
      String(site.port),
      '-t',
      'a',
      '-m',
      'x',
    ]);
    expect(await anonymous.ended).not.toBe(0);
    expect(anonymous.complaints()).toMatch(/not authori[sz]ed/i);
  });

  test('comes in over TLS by the certificate of the site, and only by it', async () => {
    const dir = folder();
    const store = await openStore({ dir, modules: [identityStoreModule], log: silentLog });
    onTestFinished(() => store.close());
    const identity = await openIdentity({
      store,
      clock: systemClock,
      dataDir: dir,
      log: silentLog,
      site: 'dc3',
    });
    const tls = await identity.serverCertificate([]);
    const caFile = join(dir, 'ca.pem');
    writeFileSync(caFile, tls.ca);
    const site = await startSite({ tls, config: { tlsPort: 0 } });
    expect(site.broker.addresses.mqtts).not.toBeNull();
    const port = String(site.broker.addresses.mqtts?.port);
    const bob = await site.connect('bob');
    const got = inbox(bob);
    await bob.subscribeAsync('tls');
    const common = [
      '-h',
      'localhost',
      '-p',
      port,
      '-u',
      'alice',
      '-P',
      passwordOf('alice'),
      '-t',
      'tls',
      '-m',
      'x',
    ];
    const trusted = startPeer('mosquitto_pub', [...common, '--cafile', caFile]);
    expect([await trusted.ended, trusted.complaints()]).toEqual([0, '']);
    expect((await got.take(1))[0]?.text).toBe('x');
    const doubtful = startPeer('mosquitto_pub', [...common, '--capath', '/etc/ssl/certs']);
    expect(await doubtful.ended).not.toBe(0);
    const plain = startPeer('mosquitto_pub', common);
    expect(await plain.ended).not.toBe(0);
    // A renewed certificate is for the connections to come.
    site.broker.setTls(await identity.serverCertificate(['another.example']));
    const again = startPeer('mosquitto_pub', [...common, '--cafile', caFile]);
    expect([await again.ended, again.complaints()]).toEqual([0, '']);
  });
});

test('paho keeps a stored session at QoS 2 across connections', async () => {
  const site = await startSite();
  const script = fileURLToPath(new URL('./paho_client.py', import.meta.url));
  const start = (count: number) =>
    startPeer('/usr/bin/python3', [
      script,
      String(site.port),
      'bob',
      passwordOf('bob'),
      'paho/#',
      String(count),
    ]);
  const first = start(2);
  expect(await lines(first, 2)).toEqual(['connected 0 0', 'granted 2']);
  for (const n of [1, 2]) await site.broker.publish('paho/x', String(n), { qos: 2 });
  expect(await lines(first, 2)).toEqual(['message 2 1', 'message 2 2']);
  expect([await first.ended, first.complaints()]).toEqual([0, '']);
  for (const n of [3, 4, 5]) await site.broker.publish('paho/x', String(n), { qos: 2 });
  const second = start(3);
  const got = await lines(second, 5);
  expect(got).toContain('connected 0 1');
  expect(got.filter((line) => line.startsWith('message')).at(-1)).toBe('message 2 5');
});

test('listeners are those that the site file names, and a port in use is told in words', async () => {
  const site = await startSite();
  expect(site.broker.addresses).toEqual({ mqtt: { host: '127.0.0.1', port: site.port }, mqtts: null });
  await expect(startSite({ config: { port: site.port } })).rejects.toMatchObject({
    code: 'MQTT_LISTEN_FAILED',
  });
  await expect(startSite({ config: { tlsPort: 0 } })).rejects.toMatchObject({ code: 'MQTT_TLS_MISSING' });
});
