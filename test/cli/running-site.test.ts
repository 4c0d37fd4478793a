import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListeningApi } from '../../appliance/api/index.ts';
import { localToken, removeRunFile, writeRunFile } from '../../appliance/run-file.ts';
import { alarm } from '../api/rows.ts';
import { listen, startTestApi, type TestApi } from '../api/test-api.ts';
import { runCli } from './run-cli.ts';

let dir = '';
let api: TestApi;
let listening: ListeningApi;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  api = await startTestApi({ localToken: localToken(dir) });
  listening = await listen(api.services);
  writeRunFile(dir, { pid: process.pid, url: listening.url, startedAt: new Date().toISOString() });
});
afterAll(async () => {
  await listening.close();
  await api.end();
  rmSync(dir, { recursive: true, force: true });
});
const cli = (...args: string[]) => runCli([...args, '--data', dir]);

const mapping = 'columns: { orderId: no, sku: art, quantity: n, time: at }\ncancelPrefix: C\n';
const orders = `no,art,n,at
R1,MUG,2,2026-01-01T08:00:00Z
R1,MUG,1,2026-01-01T08:00:00Z
R2,GHOST,1,2026-01-01T08:00:01Z
R3,MUG,-1,2026-01-01T08:00:02Z
R4,MUG,4,2026-01-01T08:00:03Z
CR1,MUG,-2,2026-01-01T08:00:04Z
`;

describe('replaying a file into a running site', () => {
  const files = () => {
    const [csv, yaml] = [join(dir, 'orders.csv'), join(dir, 'mapping.yaml')];
    writeFileSync(csv, orders);
    writeFileSync(yaml, mapping);
    return [csv, '--mapping', yaml, '--speed', '1000'] as const;
  };

  test('counts what became of each, and the site keeps the refusals with their way in', async () => {
    const { code, out } = await cli('orders', 'replay', ...files());
    expect(code).toBe(0);
    expect(out).toContain('2 accepted, 0 known before, 1 cancelled, 2 refused');
    expect(out).toMatch(/R2: lines\.0\.sku: no place holds article "GHOST"/);
    expect(await api.kept.eventsOf('R1')).toMatchObject([
      { source: '/sites/test-site/intake/replay', data: { lines: [{ quantity: 2 }, { quantity: 1 }] } },
      { type: 'holdfast.work-order.cancel-requested.v1', data: { requestedBy: 'local' } },
    ]);
    const refusals = await api.services.intake.refusals(10);
    expect(refusals.map(({ key, intake }) => [key, intake])).toEqual([
      ['R3', 'replay'],
      ['R2', 'replay'],
    ]);
  });

  test('a second time makes nothing twice', async () => {
    const { code, out } = await cli('orders', 'replay', ...files(), '--json', '--limit', '4');
    expect([code, JSON.parse(out)]).toMatchObject([0, { accepted: 0, repeated: 2, refused: 2 }]);
    expect(await api.kept.eventsOf('R4')).toHaveLength(1);
  });

  test('goes on when the site is away for a moment', async () => {
    const data = mkdtempSync(join(dir, 'away-'));
    localToken(data);
    let asked = 0;
    const server: Server = createServer((request, response) => {
      asked += 1;
      request.resume();
      // First the connection ends without an answer, then the site is not ready, then it is back.
      if (asked === 1) request.socket.destroy();
      else {
        response.writeHead(asked === 2 ? 503 : 201, { 'content-type': 'application/json' });
        response.end('{}');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeRunFile(data, { pid: 1, url: `http://127.0.0.1:${port}`, startedAt: '' });
    const [csv, ...rest] = files();
    const { code, out } = await runCli([
      'orders',
      'replay',
      csv,
      ...rest,
      '--limit',
      '1',
      '--data',
      data,
      '--json',
    ]);
    server.closeAllConnections();
    server.close();
    expect([code, JSON.parse(out), asked]).toMatchObject([0, { accepted: 1, refused: 0 }, 3]);
  });
});

describe('asking a running site', () => {
  test('for its state tells people and programs', async () => {
    api.state.summary = { ...api.state.summary, ordersRunning: 7, stopped: true };
    const interlock = { text: 'a text', met: true, needsReset: false, reason: null };
    api.state.interlocks = [
      { ...interlock, id: 'e-stop', protects: ['amr-1'] },
      { ...interlock, id: 'gate', protects: ['line-1', 'line-2'], met: false, reason: 'the gate is open' },
      {
        ...interlock,
        id: 'zone',
        protects: ['amr-1', 'amr-2'],
        needsReset: true,
        reason: 'amr-1 wait to be restarted',
      },
    ];
    const { code, out } = await cli('status');
    expect(code).toBe(0);
    expect(out).toContain(`Site at ${listening.url}\n`);
    expect(out).toContain('STOPPED by gate: line-1, line-2. the gate is open\n  Clear the cause first.');
    expect(out).toContain(
      'HELD by zone: amr-1 wait to be restarted\n  Look that it is safe, then reset zone',
    );
    expect(out).not.toContain('e-stop');
    expect(out).toContain('Orders: 7 running');
    expect(out).toMatch(/^line-plc +up$/m);
    expect(out).toContain(`HIGH ${alarm('a').text} — ${alarm('a').hint}`);
    const json = JSON.parse((await cli('status', '--json')).out);
    expect(json).toMatchObject({ url: listening.url, summary: { ordersRunning: 7 }, uplinks: [] });
    expect(json.devices[0].tags).toHaveLength(2);
  });

  test('for a secret shows it once, and it works', async () => {
    const { code, out } = await cli('token', 'add', 'wms', '--role', 'viewer', '--json');
    expect(code).toBe(0);
    const headers = { authorization: `Bearer ${JSON.parse(out).secret}` };
    expect((await api.ask('GET', '/session', { headers })).json()).toMatchObject({
      user: 'wms',
      role: 'viewer',
    });
    const words = await cli('claim');
    expect(words.out).toMatch(/^One-time code: \S+\nOpen \S+\nIt is shown this once\.\n$/);
    expect(words.out).toContain(`Open ${listening.url}/?code=${api.identity.claimCode()}\n`);
    expect(words.out).toContain(api.identity.claimCode());
  });

  test('for who may come in lists people, tokens and clients', async () => {
    const made = await cli('user', 'add', 'mia', '--role', 'technician');
    expect(made.code).toBe(0);
    expect((await cli('user', 'list')).out).toMatch(/^mia +technician +\S+ +the first one, to be changed$/m);
    expect((await cli('token', 'list')).out).toMatch(/^machine-viewer +viewer +\S+Z$/m);
    const added = await cli('client', 'add', 'scada');
    expect(added.out).toMatch(/^Password of scada: \S+\nIt is shown this once\.\n/);
    expect(added.out).toContain('The site file names no client scada');
    const clients = JSON.parse((await cli('client', 'list', '--json')).out);
    expect(clients).toEqual([{ id: 'scada', inSiteFile: false, passwordAt: expect.any(String) }]);
  });

  test('for a day of the docks shows it where the site is, without what is over', async () => {
    const day = '2099-03-29';
    let asked = {};
    api.services.docks.docks = async (stretch) => {
      asked = stretch;
      const free = [
        { from: '2000-01-01T00:00:00.000Z', to: '2000-01-02T00:00:00.000Z' },
        { from: '2099-03-29T08:00:00.000Z', to: '2099-03-29T09:00:00.000Z' },
      ];
      const dock = { dockId: 'dock-1', place: 'd', state: 'free', reason: null } as const;
      return [{ ...dock, bookings: [], ended: [], free }];
    };
    api.services.siteFile.site.timeZone = 'Europe/Berlin';
    const { code, out } = await cli('docks', 'day', day);
    // The clocks change on this day: it has 23 hours.
    expect(asked).toEqual({
      fromMs: Date.parse('2099-03-28T23:00Z'),
      toMs: Date.parse('2099-03-29T22:00Z'),
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^dock-1 +2099-03-29 10:00 +2099-03-29 11:00 +free$/m);
    expect(out).toContain('Times of Europe/Berlin.');
    expect(out).not.toContain('2000-01-01');
    expect((await cli('docks', 'day', 'someday')).code).toBe(2);
  });

  test('an argument that cannot be is told by its name, to people and to programs', async () => {
    const { code, out, err } = await cli('user', 'add', 'no good', '--json');
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^holdfast: name: is not written as it has to be/),
    ]);
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'API_INVALID',
        message: expect.stringMatching(/^name: /),
        hint: 'Compare it with the --help of the command.',
      },
    });
    const unknown = await cli('orders', 'show', 'NOPE', '--json');
    expect([unknown.code, JSON.parse(unknown.out).error]).toMatchObject([4, { code: 'API_NOT_FOUND' }]);
  });

  test('for what it refuses ends with 4, the reason and the cure', async () => {
    const unknown = await cli('orders', 'show', 'NOPE');
    expect([unknown.code, unknown.out]).toEqual([4, '']);
    expect(unknown.err).toMatch(/There is no order NOPE\n {2}Look it up/);
    const role = await cli('user', 'add', 'eve', '--role', 'king');
    expect([role.code, role.err]).toEqual([
      2,
      expect.stringContaining('Allowed choices are viewer, operator'),
    ]);
  });

  test('for the inside of a device shows it as a table', async () => {
    const { code, out } = await cli('devices', 'browse', 'line-plc', 'ns=1;s=Line');
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^address +name +type +access\nns=1;s=Line +line-plc/),
    ]);
  });

  test('with another token than its own is refused', async () => {
    const other = mkdtempSync(join(dir, 'other-'));
    localToken(other);
    writeRunFile(other, { pid: process.pid, url: listening.url, startedAt: '' });
    const { code, err } = await runCli(['status', '--data', other]);
    expect([code, err]).toEqual([4, expect.stringContaining('Sign in first')]);
    removeRunFile(other);
    expect((await runCli(['status', '--data', other])).code).toBe(3);
  });
});
