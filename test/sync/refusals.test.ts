import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { fill } from './events.ts';
import { expectWhole } from './oracle.ts';
import { type Region, startRegion } from './region.ts';
import { type Site, startSite } from './site.ts';

const alarms = (site: Site): string[] =>
  site.told.filter(({ type }) => type.startsWith('holdfast.alarm.')).map(({ type }) => type);

test('a wrong token raises one alarm, does not hammer, and loses nothing', async () => {
  let connections = 0;
  const region = await startRegion({
    tap: (direction, chunk) => {
      if (direction === 'up' && chunk.includes('GET /sync/v1/marks')) connections += 1;
      return 'pass';
    },
  });
  const site = await startSite({
    url: region.url,
    token: 'a-token-that-was-revoked',
    uplink: { retry: { firstMs: 100, maxMs: 400 } },
  });
  await fill(site.store, 200);
  const down = await site.until(({ state, reason }) => state === 'down' && reason !== null, 'refused');
  expect(down.reason).toContain('401');
  await site.until(() => connections >= 4, 'several attempts');
  expect(alarms(site)).toEqual(['holdfast.alarm.raised.v1']);
  await site.close();
  await region.close();
});

test('a token that is corrected is found without a restart, and the alarm is cleared', async () => {
  const region = await startRegion();
  const { SITE_TOKEN } = await import('./region.ts');
  let token = 'a-token-that-was-revoked';
  const site = await startSite({ url: region.url, token: () => token });
  await fill(site.store, 100);
  await site.until(({ state }) => state === 'down', 'refused');
  token = SITE_TOKEN;
  await site.drained();
  expect(alarms(site)).toEqual(['holdfast.alarm.raised.v1', 'holdfast.alarm.cleared.v1']);
  await expectWhole(site.store, region.directUrl);
  await site.close();
  await region.close();
});

test('a receiver with smaller limits gets smaller frames', async () => {
  const region = await startRegion({ rawBytesMax: 20_000 });
  const site = await startSite({ url: region.url, uplink: { batchCountMax: 500 } });
  await fill(site.store, 2_000);
  await site.drained();
  await expectWhole(site.store, region.directUrl);
  expect(alarms(site)).not.toContain('holdfast.alarm.raised.v1');
  await site.close();
  await region.close();
});

test('one event that no frame can carry holds its lane, and only that', async () => {
  const region = await startRegion({ rawBytesMax: 20_000 });
  const site = await startSite({ url: region.url });
  await fill(site.store, 1, { lanes: ['business'], text: 'x'.repeat(30_000) });
  await fill(site.store, 300, { lanes: ['safety', 'telemetry'] });
  const status = await site.until(
    ({ lanes, reason }) =>
      reason !== null && lanes.every(({ lane, count }) => (lane === 'business' ? count === 1 : count === 0)),
    'the other lanes to be drained',
  );
  expect(status.reason).toContain('413');
  expect(alarms(site).filter((type) => type.endsWith('raised.v1'))).toHaveLength(1);
  await site.close();
  await region.close();
});

/** A real HTTP server that stands in front of the region and answers some requests by itself. */
async function startPortal(
  answer: (
    request: IncomingMessage,
    body: Buffer,
  ) => { status: number; headers?: Record<string, string> } | null,
  region: Region,
): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const own = answer(request, body);
    if (own !== null) {
      response.writeHead(own.status, own.headers).end('<html>hello</html>');
      return;
    }
    const { authorization = '' } = request.headers;
    const passed = await fetch(`${region.directUrl}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    response.writeHead(passed.status, { 'content-type': 'application/json' }).end(await passed.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('an older receiver that knows no zstd gets gzip', async () => {
  const region = await startRegion();
  let refused = 0;
  const portal = await startPortal((_request, body) => {
    if (!body.subarray(0, 400).includes('"encoding":"zstd"')) return null;
    refused += 1;
    return { status: 415 };
  }, region);
  const site = await startSite({ url: portal.url });
  await fill(site.store, 300);
  await site.drained();
  expect(refused).toBeGreaterThan(0);
  await expectWhole(site.store, region.directUrl);
  await site.close();
  portal.close();
  await region.close();
});

test.each([
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'redirects are not followed'],
  ['a captive portal', { status: 200 }, 'not that of a Holdfast receiver'],
])('%s gets no frame and no second token', async (_name, answer, words) => {
  const region = await startRegion();
  const portal = await startPortal(() => answer, region);
  const site = await startSite({ url: portal.url });
  await fill(site.store, 40);
  const status = await site.until(({ state }) => state === 'down', 'down');
  expect(status.reason).toContain(words);
  await site.until(() => alarms(site).includes('holdfast.alarm.raised.v1'), 'an alarm');
  await site.close();
  portal.close();
  await region.close();
});

test('an overloaded region is asked again, without an alarm', async () => {
  const region = await startRegion();
  let busy = 5;
  const portal = await startPortal((request) => {
    if (request.method !== 'POST' || busy === 0) return null;
    busy -= 1;
    return { status: 503 };
  }, region);
  const site = await startSite({ url: portal.url });
  await fill(site.store, 300);
  await site.drained();
  expect(busy).toBe(0);
  expect(alarms(site)).not.toContain('holdfast.alarm.raised.v1');
  await expectWhole(site.store, region.directUrl);
  await site.close();
  portal.close();
  await region.close();
});

test('a token never travels unencrypted to another machine', async () => {
  const site = await startSite({ url: 'http://192.0.2.1:8080' });
  const status = await site.until(({ state }) => state === 'down', 'down');
  expect(status.reason).toContain('unencrypted');
  await site.until(() => alarms(site).includes('holdfast.alarm.raised.v1'), 'an alarm');
  await site.close();
});
