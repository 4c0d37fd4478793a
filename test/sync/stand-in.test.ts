import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fill } from './events.ts';
import { expectWhole } from './oracle.ts';
import { type Peer, startPeer } from './processes.ts';
import { tempDir, tokens } from './region.ts';
import { startSite } from './site.ts';

interface Ready {
  readonly port: number;
  readonly proxyPort: number;
  readonly controlPort: number;
}

let peer: Peer;
let ready: Ready;
beforeAll(async () => {
  const dir = tempDir();
  const file = join(dir, 'tokens.json');
  writeFileSync(file, JSON.stringify(tokens));
  const args = ['--port', '0', '--control-port', '0', '--data', join(dir, 'region'), '--token-file', file];
  peer = startPeer('sync/regional/main.ts', args);
  ready = JSON.parse(await peer.line((text) => text.includes('"ready":true'))) as Ready;
});
afterAll(() => peer.kill('SIGTERM'));

const control = (path: string, body?: string, type = 'application/json') =>
  fetch(`http://127.0.0.1:${ready.controlPort}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': type } }),
  });

test('the demo pulls the cable and plugs it in again', async () => {
  const site = await startSite({ url: `http://127.0.0.1:${ready.proxyPort}` });
  await fill(site.store, 100);
  await site.drained();
  expect((await control('/faults/uplink-cut', '{"active":true}')).status).toBe(200);
  expect(await (await control('/faults')).json()).toEqual({
    faults: [
      { id: 'uplink-cut', active: true, target: null },
      { id: 'uplink-slow', active: false, target: null },
    ],
  });
  await fill(site.store, 200);
  await site.until(({ state, backlogCount }) => state === 'down' && backlogCount >= 200, 'a backlog');
  await control('/faults/uplink-slow', '{"active":true}');
  await control('/faults/uplink-cut', '{"active":false}');
  await site.drained();
  await control('/faults/uplink-slow', '{"active":false}');
  await expectWhole(site.store, `http://127.0.0.1:${ready.port}`);
  await site.close();
});

test.each([
  ['/faults/e-stop', '{"active":true}', 'application/json', 404],
  ['/faults/uplink-cut', '{"active":"yes"}', 'application/json', 400],
  ['/faults/uplink-cut', 'nonsense', 'application/json', 400],
  ['/faults/uplink-cut', '{"active":true}', 'text/plain', 415],
  ['/ledger', '{}', 'application/json', 404],
])('the control port refuses %s %s', async (path, body, type, status) => {
  expect((await control(path, body, type)).status).toBe(status);
  expect(JSON.stringify(await (await control('/faults')).json())).not.toContain('"active":true');
});

test.each([
  [['--token-file', 'x', '--data', 'y', '--port', 'many'], 'many is not a port'],
  [['--token-file', 'x', '--data', 'y', '--host', '0.0.0.0'], 'needs --tls-cert'],
  [['--tokens', 'x'], '--tokens'],
])('the command line %j is refused with words', async (args, words) => {
  const refused = startPeer('sync/regional/main.ts', args);
  await expect(refused.line(() => true)).rejects.toThrow(words);
  expect(refused.child.exitCode).not.toBe(0);
});
