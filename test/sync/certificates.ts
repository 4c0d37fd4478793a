import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackage } from '../support/debian-package.ts';
import { tempDir } from './region.ts';

/** A CA and a certificate of 127.0.0.1 signed by it, made by openssl as a region would. */
export function makeCertificates(): { caFile: string; tls: { cert: Buffer; key: Buffer } } {
  ensureDebianPackage('openssl', 'command -v openssl');
  const dir = tempDir();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=region');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=receiver');
  writeFileSync(join(dir, 'san.txt'), 'subjectAltName=IP:127.0.0.1');
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san.txt'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...sign);
  const read = (file: string) => readFileSync(join(dir, file));
  return { caFile: join(dir, 'ca.pem'), tls: { cert: read('server.pem'), key: read('server.key') } };
}
