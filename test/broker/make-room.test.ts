import { describe, expect, test } from 'vitest';
import { type KeptSession, makeRoom } from '../../appliance/broker/session/make-room.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { connectMqtt, startSite } from './site.ts';

const DAY_MS = 24 * 3_600_000;
const NOW_MS = 100 * DAY_MS;
const limits = { sessionsMax: 4, sessionsPerUserMax: 3, sessionAwayMs: 7 * DAY_MS };
const away = (clientId: string, user: string, days: number): KeptSession => ({
  clientId,
  user,
  leftMs: NOW_MS - days * DAY_MS,
});
const held = (clientId: string, user: string): KeptSession => ({ clientId, user, leftMs: null });

test.each<[string, KeptSession[], string | undefined]>([
  ['nothing goes while there is room', [away('b1', 'bob', 90), away('b2', 'bob', 90)], 'nothing'],
  [
    'with too many of a user, its longest away goes, however short that was',
    [away('b1', 'bob', 0.1), away('b2', 'bob', 0.2), held('b3', 'bob')],
    'b2',
  ],
  [
    'with too many of a user, that of another user goes not, however long it was away',
    [away('b1', 'bob', 1), held('b2', 'bob'), held('b3', 'bob'), away('a1', 'alice', 90)],
    'b1',
  ],
  ['what is held goes not', [held('b1', 'bob'), held('b2', 'bob'), held('b3', 'bob')], undefined],
  [
    'with too many in all, the longest away of anybody goes after seven days',
    [away('b1', 'bob', 7.5), away('a1', 'alice', 8), away('a2', 'alice', 1), held('c1', 'carol')],
    'a1',
  ],
  [
    'with too many in all, the own longest away goes before that',
    [away('b1', 'bob', 1), away('b2', 'bob', 2), away('a1', 'alice', 7), held('c1', 'carol')],
    'b2',
  ],
  [
    'with too many in all and none of its own, there is no room for a while',
    [away('a1', 'alice', 6), away('a2', 'alice', 5), held('c1', 'carol'), held('c2', 'carol')],
    undefined,
  ],
])('%s', (_, kept, expected) => {
  const room = makeRoom(kept, 'bob', limits, NOW_MS);
  const gone = room.hasRoom ? (room.giveUp?.clientId ?? 'nothing') : undefined;
  expect(gone).toBe(expected);
});

describe('a broker with its room for stored sessions full', () => {
  const clean = false;
  const ids = async ({ store }: Awaited<ReturnType<typeof startSite>>) =>
    (await store.query('broker.sessions')).map((row) => row.client_id).sort();

  test('lets in a client that makes up its id at each start, and keeps its newest sessions', async () => {
    const site = await startSite({ limits: { sessionsPerUserMax: 3 } });
    const other = await site.connect('alice', { clean });
    await other.subscribeAsync('a', { qos: 1 });
    await other.endAsync();
    for (let nth = 1; nth <= 8; nth += 1) {
      const tablet = await site.connect('bob', { clientId: `tablet-${nth}`, clean });
      await tablet.subscribeAsync('a', { qos: 1 });
      await tablet.endAsync();
      await site.broker.publish('a', String(nth), { qos: 1 });
    }
    expect(await ids(site)).toEqual(['alice', 'tablet-6', 'tablet-7', 'tablet-8']);
    // Gone: 3 + 3 + 3 + 3 + 3 messages of five sessions. Left: 8 of alice, and 3 + 2 + 1.
    expect(site.broker.stats()).toMatchObject({
      sessions: 4,
      subscriptions: 4,
      queuedCount: 14,
      droppedTotal: 15,
      sessionsGivenUpTotal: 5,
    });
  });

  test('gives up none that is connected, also when it was away for long before', async () => {
    const site = await startSite({ limits: { sessionsPerUserMax: 2 } });
    const first = await site.connect('bob', { clientId: 'first', clean });
    await first.endAsync();
    const second = await site.connect('bob', { clientId: 'second', clean });
    await second.endAsync();
    await site.connect('bob', { clientId: 'first', clean });
    await site.connect('bob', { clientId: 'third', clean });
    expect(await ids(site)).toEqual(['first', 'third']);
    const refused = connectMqtt(site.port, 'bob', { clientId: 'fourth', clean });
    await expect(refused).rejects.toMatchObject({ code: 3 });
  });

  test('remembers over a restart how long each was away; what a kill cut off is away from the start on', async () => {
    const clock = createFakeClock();
    const site = await startSite({ clock, limits: { sessionsPerUserMax: 3 } });
    for (const clientId of ['z-oldest', 'a-newest']) {
      const one = await site.connect('bob', { clientId, clean });
      await one.endAsync();
      await clock.pass(60_000);
    }
    // As a kill leaves it: held, as far as the disk knows.
    const params = { client: 'm-killed', user: 'bob', nowMs: 0 };
    await site.store.commit([{ op: 'run', statement: 'broker.session-put', params }]);
    const again = await site.restart();
    await again.connect('bob', { clientId: 'next', clean });
    expect(await ids(again)).toEqual(['a-newest', 'm-killed', 'next']);
    await again.connect('bob', { clientId: 'next-2', clean });
    expect(await ids(again)).toEqual(['m-killed', 'next', 'next-2']);
  });
});
