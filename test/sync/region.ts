import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#contracts/clock.ts';
import type { Lane } from '#contracts/events/envelope.ts';
import { silentLog } from '#contracts/log.ts';
import {
  type Archive,
  type FaultProxy,
  openSqliteArchive,
  type ReceiverOptions,
  startFaultProxy,
  startReceiver,
  type Tap,
} from '../../sync/regional/index.ts';

export const SITE_TOKEN = 'a-token-of-the-lab-site';
export const OTHER_TOKEN = 'a-token-of-another-site';
export const READER_TOKEN = 'a-token-for-readers-only';
export const tokens = { sites: { lab: SITE_TOKEN, other: OTHER_TOKEN }, readers: [READER_TOKEN] };

const made: string[] = [];
process.on('exit', () => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** A folder that is gone when the test's process is. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-sync-'));
  made.push(dir);
  return dir;
}

/** A real receiver behind a proxy that can be cut; `tap` sees the bytes. */
export interface Region {
  /** What a site is told: the proxy. */
  readonly url: string;
  readonly directUrl: string;
  readonly proxy: FaultProxy;
  readonly dir: string;
  close(): Promise<void>;
}

export async function startRegion(
  options: {
    dir?: string;
    tap?: Tap;
    archive?: Archive;
    frameBytesMax?: number;
    rawBytesMax?: number;
    tls?: ReceiverOptions['tls'];
  } = {},
): Promise<Region> {
  const dir = options.dir ?? tempDir();
  const archive = options.archive ?? openSqliteArchive({ dir, nowMs: systemClock.nowMs });
  const { frameBytesMax, rawBytesMax } = options;
  const receiver = await startReceiver({
    archive,
    tokens,
    clock: systemClock,
    log: silentLog,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(frameBytesMax === undefined ? {} : { frameBytesMax }),
    ...(rawBytesMax === undefined ? {} : { rawBytesMax }),
  });
  const proxy = await startFaultProxy({
    targetPort: receiver.port,
    ...(options.tap === undefined ? {} : { tap: options.tap }),
  });
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${proxy.port}`,
    directUrl: receiver.url,
    proxy,
    dir,
    async close() {
      await proxy.close();
      await receiver.close();
    },
  };
}

export interface Kept {
  readonly sequence: number;
  readonly through?: number;
  readonly gap?: string;
  readonly event?: { readonly id: string; readonly subject: string };
}

/** Everything the region keeps of a lane, by way of its query API. */
export async function kept(url: string, lane: Lane, epoch?: string, site = 'lab'): Promise<Kept[]> {
  const all: Kept[] = [];
  for (;;) {
    const after = all.at(-1)?.through ?? all.at(-1)?.sequence ?? 0;
    const query = new URLSearchParams({ site, lane, after: String(after), limit: '10000' });
    if (epoch !== undefined) query.set('epoch', epoch);
    const response = await fetch(`${url}/regional/v1/events?${query}`, {
      headers: { authorization: `Bearer ${READER_TOKEN}` },
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const { events } = (await response.json()) as { events: Kept[] };
    if (events.length === 0) return all;
    all.push(...events);
  }
}
