import { expect, test } from 'vitest';
import { startFaultProxy } from '../../sync/regional/index.ts';
import { onKeptPort } from '../support/kept-port.ts';
import { fill } from './events.ts';
import { expectWhole } from './oracle.ts';
import { type Peer, startPeer, startReceiverProcess } from './processes.ts';
import { startRegion, tempDir } from './region.ts';
import { openSiteStore, startSite } from './site.ts';

const KILLS = 2;
/** Each start of a process takes seconds on a busy machine. */
const TIMEOUT_MS = 120_000;

const siteProcess = (dir: string, url: string, crashPoint?: string): Peer =>
  startPeer('test/sync/site-process.ts', [dir, url, '50', ...(crashPoint === undefined ? [] : [crashPoint])]);

/** Lets a whole process drain what is left, and ends it in order. */
async function drainAndStop(dir: string, url: string): Promise<void> {
  const peer = siteProcess(dir, url);
  await peer.line((text) => {
    const { state, backlogCount } = JSON.parse(text) as { state: string; backlogCount: number };
    return state === 'up' && backlogCount === 0;
  });
  await peer.kill('SIGTERM');
}

async function filledDir(count: number): Promise<string> {
  const dir = tempDir();
  const store = await openSiteStore(dir);
  await fill(store, count);
  await store.close();
  return dir;
}

test(
  'a site that is killed while it drains goes on where the region stands',
  async () => {
    const dir = await filledDir(3_000);
    let peer: Peer | null = null;
    let upBytes = 0;
    let kills = 0;
    const region = await startRegion({
      tap: (direction, chunk) => {
        if (direction === 'up') upBytes += chunk.length;
        if (kills < KILLS && upBytes > 30_000) {
          kills += 1;
          upBytes = 0;
          peer?.child.kill('SIGKILL');
        }
        return 'pass';
      },
    });
    for (let round = 0; round < KILLS; round += 1) {
      peer = siteProcess(dir, region.url);
      await peer.exited();
      expect(peer.child.signalCode).toBe('SIGKILL');
    }
    await drainAndStop(dir, region.url);
    const store = await openSiteStore(dir);
    await expectWhole(store, region.directUrl);
    await store.close();
    await region.close();
  },
  TIMEOUT_MS,
);

test(
  'a site that dies at any commit of the drain keeps its numbers',
  async () => {
    const dir = await filledDir(1_000);
    const region = await startRegion();
    // Commits of a drain are seals, marks and events about the uplink; each round dies at a later one.
    for (const point of ['before-commit:5', 'after-commit-before-answer:6', 'after-run:9']) {
      const peer = siteProcess(dir, region.url, point);
      await peer.exited();
      expect([point, peer.child.signalCode]).toEqual([point, 'SIGKILL']);
    }
    await drainAndStop(dir, region.url);
    const store = await openSiteStore(dir);
    await expectWhole(store, region.directUrl);
    await store.close();
    await region.close();
  },
  TIMEOUT_MS,
);

test(
  'a receiver that is killed while it stores has what it vouched for',
  async () => {
    const dir = tempDir();
    const { port, first } = await onKeptPort(async (port) => ({
      port,
      first: await startReceiverProcess(dir, port),
    }));
    let receiver: Peer | null = first;
    let upBytes = 0;
    let kills = 0;
    const proxy = await startFaultProxy({
      targetPort: port,
      tap: (direction, chunk) => {
        if (direction === 'up') upBytes += chunk.length;
        if (receiver !== null && kills < KILLS && upBytes > 40_000) {
          kills += 1;
          upBytes = 0;
          receiver.child.kill('SIGKILL');
        }
        return 'pass';
      },
    });
    const site = await startSite({ url: `http://127.0.0.1:${proxy.port}`, uplink: { batchCountMax: 50 } });
    await fill(site.store, 3_000);
    for (let round = 0; round < KILLS; round += 1) {
      await receiver.exited();
      receiver = await startReceiverProcess(dir, port);
    }
    await site.drained();
    expect(kills).toBe(KILLS);
    await expectWhole(site.store, `http://127.0.0.1:${port}`);
    await site.close();
    await proxy.close();
    await receiver.kill('SIGTERM');
  },
  TIMEOUT_MS,
);
