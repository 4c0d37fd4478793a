import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Role } from '#contracts/site-file.ts';
import { localToken, writeRunFile } from '../../appliance/run-file.ts';
import { listen, startTestApi } from '../api/test-api.ts';
import { startDesk } from '../notify/kit.ts';
import { runCli } from './run-cli.ts';

/** The API and the real notifier, with a webhook that answers as it is told. */
async function startRunning() {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  const answers = { status: 204 };
  const hook = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answers.status).end());
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const { notifier } = await startDesk({
    channels: [{ name: 'hook', kind: 'webhook', url, timeoutMs: 5_000 }],
  });
  const api = await startTestApi({
    localToken: localToken(dir),
    channels: notifier.channels,
    tryChannel: notifier.tryOut,
  });
  const listening = await listen(api.services);
  writeRunFile(dir, { pid: process.pid, url: listening.url, startedAt: new Date().toISOString() });
  onTestFinished(async () => {
    await listening.close();
    await api.end();
    hook.closeAllConnections();
    hook.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { api, answers, cli: (...args: string[]) => runCli([...args, '--data', dir]) };
}

test('a technician tries out a channel, and hears what became of it or the exact error', async () => {
  const { api, answers, cli } = await startRunning();
  expect((await cli('channels', 'list')).out).toMatch(/hook +webhook +ok +0/);
  const through = await cli('channels', 'test', 'hook');
  expect([through.code, through.out]).toEqual([0, expect.stringContaining('it answered with status 204')]);
  const told = await cli('channels', 'test', 'hook', '--json');
  expect(JSON.parse(told.out)).toMatchObject({ name: 'hook', kind: 'webhook' });
  answers.status = 401;
  const failed = await cli('channels', 'test', 'hook');
  expect([failed.code, failed.err]).toEqual([4, expect.stringContaining('it answered with status 401')]);
  const none = await cli('channels', 'test', 'pager');
  expect([none.code, none.err]).toEqual([4, expect.stringContaining('pager')]);

  const post = async (role: Role) => {
    const answer = await api.ask('POST', '/channels/hook/test', { headers: api.as(role) });
    return [answer.statusCode, answer.json().code];
  };
  expect(await post('technician')).toEqual([502, 'NOTIFY_TEST_FAILED']);
  expect(await post('operator')).toEqual([403, 'API_FORBIDDEN']);
});
