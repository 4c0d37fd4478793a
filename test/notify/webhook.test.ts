import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { WebhookChannel } from '#contracts/notify.ts';
import { limits } from '../../appliance/notify/limits.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { passUntil } from '../support/pass-until.ts';
import { until } from '../support/until.ts';
import { type Desk, notice, startDesk } from './kit.ts';

interface Received {
  readonly body: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** A real receiver; `status` says what it answers, 0 hangs up without an answer. */
async function startReceiver(status: (nth: number) => number = () => 204) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers });
      const code = status(received.length);
      if (code === 0) request.socket.destroy();
      else response.writeHead(code).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const hook = (url: string, more: Partial<WebhookChannel> = {}): WebhookChannel => ({
  name: 'hook',
  kind: 'webhook',
  url,
  timeoutMs: 5_000,
  ...more,
});

const told = async (desk: Desk, id: string) =>
  (await desk.rows()).some((row) => row.id === id && row.phase === 'done');

describe('a webhook', () => {
  test('gets the notice as JSON, signed over its time and body', async () => {
    const { received, url } = await startReceiver();
    const desk = await startDesk({
      channels: [hook(url, { secret: 'env:HOOK' })],
      secrets: { 'env:HOOK': 'shared' },
    });
    await desk.notifier.send(['hook'], notice('n-1'));
    const [first] = await until('it is received', () => (received.length > 0 ? received : undefined));
    expect(JSON.parse(first?.body ?? '')).toEqual(notice('n-1'));
    const timestamp = first?.headers['holdfast-timestamp'];
    const expected = createHmac('sha256', 'shared').update(`${timestamp}.${first?.body}`).digest('hex');
    expect(first?.headers).toMatchObject({
      'holdfast-delivery': 'n-1',
      'holdfast-signature': `v1=${expected}`,
      'content-type': 'application/json',
    });
  });

  test('that fails is tried again, later and later, with the same id', async () => {
    const clock = createFakeClock();
    const { received, url } = await startReceiver((nth) => (nth <= 2 ? ([500, 0][nth - 1] ?? 0) : 200));
    const desk = await startDesk({ channels: [hook(url)], clock });
    await desk.notifier.send(['hook'], notice('n-1'));
    await passUntil(clock, 500, 'it is told', () => told(desk, 'n-1'));
    expect(received.map(({ headers }) => headers['holdfast-delivery'])).toEqual(['n-1', 'n-1', 'n-1']);
    expect(await desk.rows()).toMatchObject([{ phase: 'done', attempts: 3 }]);
    expect(desk.alarms.size).toBe(0);
  });

  test('that is dead raises an alarm, delays nobody, and is well again by itself', async () => {
    const clock = createFakeClock();
    let isUp = false;
    const dead = await startReceiver(() => (isUp ? 200 : 503));
    const alive = await startReceiver();
    const desk = await startDesk({ channels: [hook(dead.url), hook(alive.url, { name: 'other' })], clock });
    for (let index = 0; index < 20; index += 1)
      await desk.notifier.send(['hook', 'other'], notice(`n-${index}`));
    await passUntil(clock, 0, 'the other has all', () => alive.received.length === 20);
    await passUntil(clock, 500, 'the alarm', () => desk.alarms.has('channel-down/hook'));
    expect(desk.alarms.get('channel-down/hook')).toContain('status 503');
    // A dead channel is not stormed: far fewer attempts than notices times pauses.
    await clock.pass(60_000);
    expect(dead.received.length).toBeLessThan(20);
    isUp = true;
    await passUntil(clock, 60_000, 'all is told', async () =>
      (await desk.rows()).every(({ phase }) => phase === 'done'),
    );
    const ids = new Set(dead.received.map(({ headers }) => headers['holdfast-delivery']));
    expect(ids.size).toBe(20);
    expect(desk.alarms.size).toBe(0);
  });

  test('one notice that is never taken does not keep back the others', async () => {
    const clock = createFakeClock();
    const { received, url } = await startReceiver();
    let bad = 0;
    const picky = createServer((request, response) => {
      request.resume().on('end', () => {
        const isBad = request.headers['holdfast-delivery'] === 'n-0';
        if (isBad) bad += 1;
        received.push({ body: '', headers: request.headers });
        response.writeHead(isBad ? 400 : 200).end();
      });
    });
    await new Promise<void>((resolve) => picky.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void picky.close());
    expect(url).toBeDefined();
    const desk = await startDesk({
      channels: [hook(`http://127.0.0.1:${(picky.address() as AddressInfo).port}`)],
      clock,
    });
    for (let index = 0; index < 5; index += 1) await desk.notifier.send(['hook'], notice(`n-${index}`));
    await passUntil(
      clock,
      500,
      'the others are told',
      async () => (await desk.rows()).filter(({ phase }) => phase === 'done').length === 4,
    );
    await passUntil(clock, 30 * 60_000, 'it is given up', async () =>
      (await desk.rows()).some(({ phase }) => phase === 'lost'),
    );
    expect(bad).toBeGreaterThan(3);
    const lost = (await desk.kept.events()).filter(({ type }) => type === 'holdfast.notify.notice-lost.v1');
    expect(lost.map(({ data }) => data)).toEqual([
      { noticeId: 'n-0', channel: 'hook', attempts: bad, reason: 'it answered with status 400' },
    ]);
  });

  test('what waited is told after a restart, and what was told is not told again', async () => {
    let isUp = false;
    const { received, url } = await startReceiver(() => (isUp ? 200 : 503));
    const clock = createFakeClock();
    const desk = await startDesk({ channels: [hook(url)], clock });
    await desk.notifier.send(['hook'], notice('n-1'));
    await passUntil(clock, 0, 'it was tried', async () => (await desk.rows())[0]?.attempts === 1);
    isUp = true;
    const second = await desk.restart();
    await passUntil(clock, 500, 'it is told', () => told(second, 'n-1'));
    const count = received.length;
    const third = await second.restart();
    await third.notifier.send(['hook'], notice('n-2'));
    await passUntil(clock, 500, 'the next is told', () => told(third, 'n-2'));
    expect(received.slice(count).map(({ headers }) => headers['holdfast-delivery'])).toEqual(['n-2']);
  });
});

test('a channel that nobody declared is said, and the others get theirs', async () => {
  const { received, url } = await startReceiver();
  const desk = await startDesk({ channels: [hook(url)] });
  await desk.notifier.send(['hook', 'pager'], notice('n-1'));
  await until('it is received', () => received.length === 1);
  expect((await desk.kept.events()).map(({ data }) => data)).toMatchObject([
    { channel: 'pager', reason: 'there is no such channel' },
  ]);
});

test('what waits is bounded: beyond it notices are given up with an event and an alarm', async () => {
  const desk = await startDesk({ channels: [hook('http://127.0.0.1:9/')], clock: createFakeClock() });
  const ops = Array.from({ length: limits.waitingMax + 2 }, (_, index) =>
    desk.notifier.ops(['hook'], notice(`n-${index}`)),
  );
  expect(ops.filter((one) => one[0]?.op === 'run' && one[0].statement === 'notify.enqueue')).toHaveLength(
    limits.waitingMax,
  );
  expect(ops.at(-1)?.map(({ op }) => op)).toEqual(['run', 'append']);
  expect(desk.alarms.get('channel-down/hook')).toContain('wait already');
});
