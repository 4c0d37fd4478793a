import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { isApplianceError } from '#contracts/errors.ts';
import { startIdentity } from './site.ts';

const DAY_MS = 86_400_000;

test('a client that trusts the authority reaches a server by each of its names', async () => {
  const { identity } = await startIdentity();
  const { key, cert, ca } = await identity.serverCertificate(['dc3.example', '10.1.2.3']);
  const server = createServer({ key, cert }, (socket) => socket.end());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const tryName = (servername: string, trusted: string | undefined) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, servername, ...(trusted && { ca: trusted }) });
      socket.once('secureConnect', () => {
        resolve('trusted');
        socket.destroy();
      });
      socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    });
  expect(await tryName('localhost', ca)).toBe('trusted');
  expect(await tryName('dc3.example', ca)).toBe('trusted');
  expect(await tryName('elsewhere.example', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await tryName('localhost', undefined)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  const certificate = new X509Certificate(cert);
  expect(['127.0.0.1', '::1', '10.1.2.3'].map((ip) => certificate.checkIP(ip))).not.toContain(undefined);
});

test('openssl finds the chain in order', async () => {
  const { identity, dir } = await startIdentity();
  const { cert } = await identity.serverCertificate([]);
  const pki = join(dir, 'pki');
  const strict = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', join(pki, 'ca.crt')];
  // The clock of the test stands in November 2026; the certificate counts from there.
  const at = String(Math.floor(Date.parse('2026-11-21T06:00:00Z') / 1_000));
  const said = execFileSync('openssl', [...strict, '-attime', at, join(pki, 'server.crt')], {
    encoding: 'utf8',
  });
  expect(said).toContain('OK');
  const { publicKey, validFrom, validTo } = new X509Certificate(cert);
  expect(publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  expect((Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS).toBe(397);
});

test('keys are readable by their owner only', async () => {
  const { identity, dir } = await startIdentity();
  await identity.serverCertificate([]);
  const pki = join(dir, 'pki');
  expect(readdirSync(pki).sort()).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key']);
  for (const file of readdirSync(pki)) expect(statSync(join(pki, file)).mode & 0o777).toBe(0o600);
  expect(statSync(pki).mode & 0o777).toBe(0o700);
});

test('a certificate stays until it soon expires or a host is missing', async () => {
  const site = await startIdentity();
  const first = await site.identity.serverCertificate(['a.example']);
  const { identity, clock, events } = await site.restart();
  expect((await identity.serverCertificate(['a.example'])).cert).toBe(first.cert);
  const more = await identity.serverCertificate(['a.example', 'b.example']);
  expect(more.cert).not.toBe(first.cert);
  clock.move(more.renewAtMs - clock.nowMs() - 1);
  expect((await identity.serverCertificate(['b.example'])).cert).toBe(more.cert);
  clock.move(1);
  const renewed = await identity.serverCertificate(['b.example']);
  expect(renewed.cert).not.toBe(more.cert);
  expect(renewed.ca).toBe(first.ca);
  const issued = (await events()).filter(({ type }) => type === 'holdfast.identity.certificate-issued.v1');
  expect(issued.map(({ subject }) => subject)).toEqual(['authority', 'server', 'server', 'server']);
});

test('a start cut off between two files goes on; an authority without its key is not replaced in silence', async () => {
  const { identity, dir } = await startIdentity();
  const first = await identity.serverCertificate([]);
  const file = (name: string) => join(dir, 'pki', name);
  rmSync(file('server.crt'));
  const again = await identity.serverCertificate([]);
  expect(new X509Certificate(again.cert).checkIssued(new X509Certificate(first.ca))).toBe(true);

  writeFileSync(file('server.crt'), 'garbage');
  const repaired = await identity.serverCertificate([]);
  expect(new X509Certificate(repaired.cert).checkIssued(new X509Certificate(first.ca))).toBe(true);

  rmSync(file('ca.key'));
  const refused = await identity.serverCertificate([]).catch((error: unknown) => error);
  expect(isApplianceError(refused, 'IDN_PKI_UNUSABLE')).toBe(true);
});
