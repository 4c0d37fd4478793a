import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import { limits } from '../limits.ts';
import type { KeyAndCertificate } from './certificates.ts';
import { readPem, writePem } from './pem-files.ts';

export interface ServerCertificate {
  /** PEM, as TLS servers take them. Clients of the site trust `ca`. */
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  /** When it should be asked for again: it is made anew some time before it expires. */
  readonly renewAtMs: number;
}

export interface IssuedCertificate {
  readonly kind: 'authority' | 'server';
  readonly hosts: string[];
  readonly expiresAt: string;
  readonly sha256: string;
}

/** Needed at the first start, and once in a long while after it. */
const maker = () => import('./certificates.ts');

/** The site's own certificate authority, and the certificate of its servers. Files of the owner only. */
export class SitePki {
  readonly #dir: string;
  readonly #site: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #record: (issued: IssuedCertificate) => Promise<void>;
  #asked: Promise<unknown> = Promise.resolve();

  constructor(parts: {
    dir: string;
    site: string;
    clock: Clock;
    log: Log;
    record(issued: IssuedCertificate): Promise<void>;
  }) {
    this.#dir = parts.dir;
    this.#site = parts.site;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#record = parts.record;
  }

  serverCertificate(hosts: readonly string[]): Promise<ServerCertificate> {
    const next = this.#asked.then(() => this.#serve(hosts));
    this.#asked = next.catch(() => {});
    return next;
  }

  async #serve(hosts: readonly string[]): Promise<ServerCertificate> {
    const wanted = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...hosts])];
    const authority = await this.#authority();
    const old = await this.#read('server');
    const nowMs = this.#clock.nowMs();
    if (old?.cert !== undefined && this.#isGood({ key: old.key, cert: old.cert }, authority, wanted, nowMs)) {
      return answer({ key: old.key, cert: old.cert }, authority);
    }
    const { makeServer } = await maker();
    const made = await makeServer(authority, wanted, validity(nowMs, limits.serverMs));
    await this.#write('server', made);
    await this.#tell('server', made.cert, wanted);
    return answer(made, authority);
  }

  async #authority(): Promise<KeyAndCertificate> {
    const old = await this.#read('ca');
    if (old?.cert !== undefined) {
      const { key, cert } = old;
      if (!fits(key, cert)) throw this.#unusable('key and certificate do not belong together');
      if (Date.parse(new X509Certificate(cert).validTo) <= this.#clock.nowMs())
        throw this.#unusable('it has expired');
      return { key, cert };
    }
    // A key without a certificate is the first start cut off between two files: go on with it.
    const { makeAuthority, makeKey } = await maker();
    const key = old?.key ?? (await makeKey());
    const name = `Holdfast site ${this.#site}`;
    const cert = await makeAuthority(key, name, validity(this.#clock.nowMs(), limits.authorityMs));
    await this.#write('ca', { key, cert });
    await this.#tell('authority', cert, []);
    return { key, cert };
  }

  #isGood(
    { key, cert }: KeyAndCertificate,
    authority: KeyAndCertificate,
    hosts: readonly string[],
    nowMs: number,
  ): boolean {
    try {
      const certificate = new X509Certificate(cert);
      const names = certificate.subjectAltName?.split(', ') ?? [];
      return (
        fits(key, cert) &&
        certificate.verify(new X509Certificate(authority.cert).publicKey) &&
        nowMs < renewAtMs(cert) &&
        hosts.every((host) =>
          isIP(host) === 0 ? names.includes(`DNS:${host}`) : certificate.checkIP(host) !== undefined,
        )
      );
    } catch (error) {
      // Unreadable: of a server's certificate nothing is lost by making another.
      this.#log.warn({ err: error }, 'the server certificate cannot be read; a new one is made');
      return false;
    }
  }

  /** `cert` without `key` cannot be used for anything. */
  async #read(name: 'ca' | 'server'): Promise<{ key: string; cert: string | undefined } | undefined> {
    const [key, cert] = await Promise.all([
      readPem(this.#file(name, 'key')),
      readPem(this.#file(name, 'crt')),
    ]);
    if (key !== undefined) return { key, cert };
    if (cert !== undefined && name === 'ca') throw this.#unusable('its key is missing');
    return undefined;
  }

  async #write(name: 'ca' | 'server', { key, cert }: KeyAndCertificate): Promise<void> {
    await writePem(this.#file(name, 'key'), key);
    await writePem(this.#file(name, 'crt'), cert);
  }

  async #tell(kind: 'authority' | 'server', cert: string, hosts: readonly string[]): Promise<void> {
    const certificate = new X509Certificate(cert);
    const expiresAt = new Date(certificate.validTo).toISOString();
    const sha256 = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    this.#log.info({ kind, hosts, expiresAt, sha256 }, 'certificate made');
    await this.#record({ kind, hosts: [...hosts], expiresAt, sha256 });
  }

  #file(name: string, extension: string): string {
    return join(this.#dir, `${name}.${extension}`);
  }

  #unusable(problem: string): ApplianceError {
    return new ApplianceError('IDN_PKI_UNUSABLE', { dir: this.#dir, problem });
  }
}

const answer = ({ key, cert }: KeyAndCertificate, authority: KeyAndCertificate): ServerCertificate => ({
  key,
  cert,
  ca: authority.cert,
  renewAtMs: renewAtMs(cert),
});

const fits = (key: string, cert: string): boolean =>
  new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));

const renewAtMs = (cert: string): number =>
  Date.parse(new X509Certificate(cert).validTo) - limits.serverRenewalMs;

const validity = (nowMs: number, lifeMs: number) => ({
  notBeforeMs: nowMs - limits.certificateBackdateMs,
  // Counted from the beginning: 397 days are 397 days, backdated or not.
  notAfterMs: nowMs - limits.certificateBackdateMs + lifeMs,
});
