import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { ApplianceError } from '#contracts/errors.ts';

/** Where a device keeps our certificate and its trust list. `rejected` and `trusted/certs` hold PEM files. */
export const pkiFolder = (dataDir: string) => join(dataDir, 'pki');

/**
 * The certificates of one device: our own, made at the first connection and kept, and those we trust. Read anew at
 * each connection, so that a certificate moved from `rejected` to `trusted/certs` counts at the next attempt.
 */
export async function openTrustList(dataDir: string): Promise<OPCUACertificateManager> {
  const { OPCUACertificateManager: Manager } = await import('node-opcua-certificate-manager');
  return new Manager({
    rootFolder: pkiFolder(dataDir),
    automaticallyAcceptUnknownCertificate: false,
    // A watcher per folder and device, for something that happens once in the life of a device.
    disableFileWatchers: true,
  });
}

/** The error for a server whose certificate was just put into `rejected`, with what a technician needs. */
export function untrusted(device: string, dataDir: string, cause: unknown): ApplianceError {
  const folder = join(pkiFolder(dataDir), 'rejected');
  const [newest] = readdirSync(folder)
    .map((name) => ({ name, changedMs: statSync(join(folder, name)).mtimeMs }))
    .toSorted((one, other) => other.changedMs - one.changedMs);
  const file = newest === undefined ? folder : join(folder, newest.name);
  const thumbprint = /\[([0-9a-f]{40})\]/i.exec(file)?.[1] ?? 'in the name of the file';
  return new ApplianceError('DRV_CERTIFICATE_UNTRUSTED', { device, thumbprint, file }, { cause });
}
