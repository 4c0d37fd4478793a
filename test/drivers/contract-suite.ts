import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { TagPath, TagValue } from '#contracts/tags.ts';
import { seededRandom } from '../../drivers/sim/random.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { recordHost } from './recorder.ts';

/** Short enough for a test to wait for, long enough for a machine with other work. */
export const CONTRACT_SILENCE_MS = 1_500;

/**
 * A device as the suite sees it. Its configuration has the tags `level` (a number, writable where the protocol
 * writes), `ready` (boolean, read-only) and `misfit` (one the device cannot deliver as configured).
 */
export interface ContractPeer {
  readonly port: number;
  /** Configuration of device `unit` reached at a port, silent for at most CONTRACT_SILENCE_MS, quick to reconnect. */
  device(port: number): DeviceConfig;
  /** Changes a value at the device itself. */
  set(tag: 'level' | 'ready', value: TagValue): void | Promise<void>;
  /** What the device itself holds. */
  get(tag: 'level' | 'ready'): TagValue | Promise<TagValue>;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Whether the protocol writes tags at all. */
  readonly writes: boolean;
  /** How long the peer may take to start, when that is long. */
  readonly startMsMax?: number;
  /** Bytes a stranger sends that are not this protocol. */
  readonly junk?: () => Buffer;
}

/** What every driver owes its users, whatever the protocol. */
export function contractSuite(
  name: string,
  start: () => Promise<ContractPeer>,
  options: ContractOptions,
): void {
  describe(`${name} keeps the driver contract`, () => {
    let peer: ContractPeer;
    beforeAll(async () => {
      peer = await start();
    }, options.startMsMax);
    afterAll(async () => {
      await peer.close();
    });

    const connected = async () => {
      const proxy = await startTcpProxy({ port: peer.port });
      const recorder = recordHost({ devices: [peer.device(proxy.port)] });
      onTestFinished(() => proxy.close());
      await recorder.host.start();
      await recorder.untilGood('unit/level');
      await recorder.untilGood('unit/ready');
      return { proxy, recorder };
    };

    test('before the first reading a tag is null and bad', async () => {
      const silent = createServer();
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      onTestFinished(() => void silent.close());
      const recorder = recordHost({ devices: [peer.device((silent.address() as AddressInfo).port)] });
      await recorder.host.start();
      const sample = recorder.last('unit/level');
      expect(sample?.value).toBeNull();
      expect(sample?.quality).toMatchObject({ level: 'bad', reason: expect.stringContaining('never read') });
    });

    test('values and their changes arrive, good, with unit and time', async () => {
      await peer.set('level', 12);
      await peer.set('ready', true);
      const { recorder } = await connected();
      expect(recorder.last('unit/level')).toMatchObject({ value: 12, unit: 'm' });
      await peer.set('level', 40);
      await recorder.until('the change', () => recorder.last('unit/level')?.value === 40);
      expect(recorder.last('unit/level')?.quality).toEqual({ level: 'good' });
      expect(recorder.last('unit/level')?.sourceTimeMs).toBeGreaterThan(1_600_000_000_000);
      const link = recorder.host.links().get('unit');
      expect(link).toMatchObject({ state: 'up', heardAtMs: expect.any(Number) });
    });

    test('a value the device cannot deliver as configured is bad and says why', async () => {
      const { recorder } = await connected();
      await recorder.until('misfit judged', () => recorder.last('unit/misfit') !== undefined);
      await recorder.until('its reason', () => {
        const quality = recorder.last('unit/misfit')?.quality;
        return quality?.level === 'bad' && !quality.reason.includes('not connected');
      });
      expect(recorder.last('unit/misfit')?.value).toBeNull();
    });

    test('unknown tags, read-only tags and wrong types are refused', async () => {
      const { recorder } = await connected();
      const code = async (path: TagPath, value: TagValue) => {
        const result = await recorder.host.write(path, value);
        return result.state === 'failed' ? result.code : result.state;
      };
      expect(await code('unit/nonsense', 1)).toBe('DRV_UNKNOWN_TAG');
      expect(await code('elsewhere/level', 1)).toBe('DRV_UNKNOWN_DEVICE');
      expect(await code('unit/ready', true)).toBe('DRV_READ_ONLY');
      expect(await code('unit/level', 'much')).toBe(options.writes ? 'DRV_WRONG_TYPE' : 'DRV_READ_ONLY');
    });

    const testWrite = () =>
      test('a write is read back and is at the device', async () => {
        await peer.set('level', 1);
        const { recorder } = await connected();
        expect(await recorder.host.write('unit/level', 77)).toEqual({ state: 'verified', readBack: 77 });
        expect(await peer.get('level')).toBe(77);
        await recorder.until('the new value', () => recorder.last('unit/level')?.value === 77);
      });
    if (options.writes) testWrite();

    test('a cut link makes tags bad; after it they are good again and fresh', async () => {
      await peer.set('level', 5);
      const { proxy, recorder } = await connected();
      proxy.cut();
      await recorder.untilLink('down');
      expect(recorder.last('unit/level')).toMatchObject({ value: 5, quality: { level: 'bad' } });
      const refused = await recorder.host.write('unit/level', 6);
      expect(refused).toMatchObject({
        state: 'failed',
        code: options.writes ? 'DRV_LINK_DOWN' : 'DRV_READ_ONLY',
      });
      await peer.set('level', 9);
      proxy.resume();
      await recorder.untilLink('up');
      await recorder.until('fresh', () => recorder.last('unit/level')?.quality.level === 'good');
      await recorder.until('the value of now', () => recorder.last('unit/level')?.value === 9);
    });

    test('a half-open link is noticed though its socket stays', async () => {
      const { proxy, recorder } = await connected();
      proxy.stall();
      await recorder.untilLink('down');
      expect(recorder.last('unit/ready')).toMatchObject({ quality: { level: 'bad' } });
      proxy.resume();
      await recorder.untilLink('up');
      await recorder.until('fresh', () => recorder.last('unit/ready')?.quality.level === 'good');
    });

    test('a stranger that sends junk is survived, and tried again', async () => {
      const sockets = new Set<Socket>();
      let greeted = 0;
      const random = seededRandom(7);
      const junk = options.junk ?? (() => Buffer.from(Array.from({ length: 600 }, () => random() * 256)));
      const stranger = createServer((socket) => {
        greeted += 1;
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('data', () => socket.write(junk()));
        socket.write(junk());
      });
      stranger.listen(0, '127.0.0.1');
      await once(stranger, 'listening');
      onTestFinished(() => {
        for (const socket of sockets) socket.destroy();
        stranger.close();
      });
      const recorder = recordHost({ devices: [peer.device((stranger.address() as AddressInfo).port)] });
      await recorder.host.start();
      await recorder.until('two losses', () => greeted >= 2 && recorder.links.filter(down).length >= 2);
      expect(recorder.samples.every(({ quality }) => quality.level === 'bad')).toBe(true);
      expect(recorder.links.some(({ link }) => link.state === 'up')).toBe(false);
    });

    test('after close nothing is reported any more', async () => {
      const { proxy, recorder } = await connected();
      await recorder.host.close();
      const reports = recorder.samples.length + recorder.links.length;
      await peer.set('level', 33);
      proxy.cut();
      expect(await recorder.host.write('unit/level', 3)).toMatchObject({ state: 'failed' });
      expect(recorder.samples.length + recorder.links.length).toBe(reports);
    });

    test('close leaves no socket, timer or watcher: a process that did only that ends by itself', async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-close-'));
      onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
      const child = spawn(process.execPath, [fixture, JSON.stringify(peer.device(peer.port)), dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let left = '';
      child.stdout.on('data', (text) => {
        left += text;
      });
      const [code] = await once(child, 'close');
      expect([code, left]).toEqual([0, '']);
    });
  });
}

const fixture = fileURLToPath(new URL('./fixtures/open-and-close.ts', import.meta.url));
const down = ({ link }: { link: { state: string } }) => link.state === 'down';
