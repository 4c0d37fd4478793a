import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  LIVE_HEARTBEAT_MS,
  type LiveChange,
  type LiveMessage,
  type LiveState,
  type Robot,
} from '#contracts/api.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import {
  createLiveHub,
  encodePoses,
  LIVE_BUFFER_BYTES_MAX,
  LIVE_CLIENTS_MAX,
  LIVE_INTERVAL_MS,
  type LiveClient,
  type LiveEnd,
  type LiveSources,
} from '../../appliance/api/live.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { alarm, emptyLiveState, robot } from './rows.ts';

/** A page that keeps what it hears, and puts it together as a browser does. */
function page() {
  const messages: LiveMessage[] = [];
  const frames: Uint8Array[] = [];
  let end: LiveEnd | undefined;
  let isSignedOut = false;
  let bufferedBytes = 0;
  const client: LiveClient = {
    send(frame) {
      if (typeof frame === 'string') messages.push(JSON.parse(frame) as LiveMessage);
      else frames.push(frame);
    },
    bufferedBytes: () => bufferedBytes,
    mayHear: () => !isSignedOut,
    close(why) {
      end = why;
    },
  };
  return {
    client,
    messages,
    frames,
    isClosed: () => end !== undefined,
    end: () => end,
    signOut() {
      isSignedOut = true;
    },
    fallBehind(bytes: number) {
      bufferedBytes = bytes;
    },
    changes: (): LiveChange[] => messages.flatMap((each) => (each.kind === 'delta' ? each.changes : [])),
    sequences: () => messages.map(({ sequence }) => sequence),
  };
}

function hub(log: Log = silentLog) {
  const clock = createFakeClock();
  const state = emptyLiveState();
  const reads: (keyof LiveState)[] = [];
  let fault: Error | undefined;
  let gate: Promise<void> = Promise.resolve();
  const sources = Object.fromEntries(
    Object.keys(state).map((key) => [
      key,
      async () => {
        const name = key as keyof LiveState;
        reads.push(name);
        const value = structuredClone(state[name]);
        await gate;
        if (fault !== undefined) throw fault;
        return value;
      },
    ]),
  ) as unknown as LiveSources;
  return {
    clock,
    state,
    reads,
    live: createLiveHub(() => sources, clock, log),
    beat: () => clock.pass(LIVE_INTERVAL_MS),
    fail(error: Error | undefined) {
      fault = error;
    },
    /** Readings wait until it is called; what they read is what was there before. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

describe('the live feed', () => {
  test('begins with all of it, and goes on with what changed, numbered without gaps', async () => {
    const { live, state, beat } = hub();
    const one = page();
    await live.join(one.client);
    expect(one.messages).toEqual([{ kind: 'snapshot', sequence: 0, state: emptyLiveState() }]);

    for (const round of [1, 2, 3]) {
      state.alarms = [alarm(`alarm-${round}`)];
      state.summary = { ...state.summary, alarmsActive: round };
      live.touch('alarms');
      live.touch('summary');
      await beat();
    }
    expect(one.sequences()).toEqual([0, 1, 2, 3]);
    expect(one.messages.at(-1)).toEqual({
      kind: 'delta',
      sequence: 3,
      changes: [
        { collection: 'summary', value: state.summary },
        { collection: 'alarms', put: [alarm('alarm-3')], remove: ['alarm-2'] },
      ],
    });
  });

  test('a page that comes later goes on from the number of its snapshot', async () => {
    const { live, state, beat } = hub();
    const [one, two] = [page(), page()];
    await live.join(one.client);
    state.alarms = [alarm('a')];
    live.touch('alarms');
    await beat();
    await live.join(two.client);
    expect(two.messages[0]).toMatchObject({ kind: 'snapshot', sequence: 1, state: { alarms: [alarm('a')] } });
    state.alarms = [];
    live.touch('alarms');
    await beat();
    expect(two.sequences()).toEqual([1, 2]);
    expect(two.changes()).toEqual([{ collection: 'alarms', put: [], remove: ['a'] }]);
  });

  test('asks only the collections that were touched, and nobody while nobody listens', async () => {
    const { live, state, reads, beat } = hub();
    live.touch('orders');
    await beat();
    expect(reads).toEqual([]);
    const leave = await live.join(page().client);
    reads.length = 0;
    state.alarms = [alarm('a')];
    live.touch('alarms');
    await beat();
    await beat();
    // What was touched before the page came is read once more at most.
    expect([...new Set(reads)].sort()).toEqual(['alarms', 'orders']);
    leave?.();
    expect(live.clientCount()).toBe(0);
    reads.length = 0;
    live.touch('alarms');
    await beat();
    expect(reads).toEqual([]);
  });

  test('says nothing of what was touched and did not change', async () => {
    const { live, beat } = hub();
    const one = page();
    await live.join(one.client);
    live.touch('devices');
    await beat();
    expect(one.messages).toHaveLength(1);
  });

  test('tells an idle page that it lives, in numbered deltas without changes', async () => {
    const { live, clock } = hub();
    const one = page();
    await live.join(one.client);
    await clock.pass(3 * LIVE_HEARTBEAT_MS + LIVE_INTERVAL_MS);
    expect(one.messages.slice(1)).toEqual([
      { kind: 'delta', sequence: 1, changes: [] },
      { kind: 'delta', sequence: 2, changes: [] },
      { kind: 'delta', sequence: 3, changes: [] },
    ]);
  });

  test('a failed reading is told to the log, and its news comes with the next', async () => {
    const errors: object[] = [];
    const { live, state, beat, fail } = hub({ ...silentLog, error: (fields) => void errors.push(fields) });
    const one = page();
    await live.join(one.client);
    state.alarms = [alarm('a')];
    live.touch('alarms');
    fail(new Error('the store is busy'));
    await beat();
    expect(errors).toMatchObject([{ err: { message: 'the store is busy' } }]);
    expect(one.messages).toHaveLength(1);
    fail(undefined);
    await beat();
    expect(one.changes()).toEqual([{ collection: 'alarms', put: [alarm('a')], remove: [] }]);
  });

  test('two pages that come together see the same, also what changed between their readings', async () => {
    const { live, state, beat, hold } = hub();
    const [one, two] = [page(), page()];
    const release = hold();
    const first = live.join(one.client);
    await nextTurn();
    // The first has read by now and waits; the second must not make a base of its own.
    state.alarms = [alarm('between')];
    live.touch('alarms');
    const second = live.join(two.client);
    await nextTurn();
    release();
    await Promise.all([first, second]);
    await beat();
    for (const each of [one, two]) {
      const [snapshot] = each.messages;
      const shown = snapshot?.kind === 'snapshot' ? snapshot.state.alarms : [];
      const put = each.changes().flatMap((change) => (change.collection === 'alarms' ? change.put : []));
      expect([...shown, ...put]).toEqual([alarm('between')]);
    }
  });
});

describe('a slow page', () => {
  test('is cut off when it is too far behind, and the others go on', async () => {
    const { live, state, beat } = hub();
    const [slow, quick] = [page(), page()];
    await live.join(slow.client);
    await live.join(quick.client);
    slow.fallBehind(LIVE_BUFFER_BYTES_MAX + 1);
    state.alarms = [alarm('a')];
    live.touch('alarms');
    await beat();
    expect([slow.end(), slow.messages.length]).toEqual(['come-again', 1]);
    expect(quick.sequences()).toEqual([0, 1]);
    // Its place is free at once, whether its connection ends or not.
    expect(live.clientCount()).toBe(1);
  });

  test('that is just behind still gets its news', async () => {
    const { live, state, beat } = hub();
    const one = page();
    await live.join(one.client);
    one.fallBehind(LIVE_BUFFER_BYTES_MAX);
    state.alarms = [alarm('a')];
    live.touch('alarms');
    await beat();
    expect([one.isClosed(), one.messages.length]).toEqual([false, 2]);
  });
});

test('a page whose person is gone hears no further frame, also no heartbeat, and its place is free', async () => {
  const { live, clock } = hub();
  const [gone, other] = [page(), page()];
  await live.join(gone.client);
  await live.join(other.client);
  gone.signOut();
  await clock.pass(LIVE_HEARTBEAT_MS);
  expect([gone.end(), gone.messages.length]).toEqual(['signed-out', 1]);
  expect(other.messages.length).toBeGreaterThan(1);
  expect(live.clientCount()).toBe(1);
  live.close();
  expect(other.end()).toBe('come-again');
});

test('more pages than there is room for are refused, until one goes', async () => {
  const { live } = hub();
  const leaves: (() => void)[] = [];
  for (let count = 0; count < LIVE_CLIENTS_MAX; count += 1) {
    const leave = await live.join(page().client);
    if (leave !== undefined) leaves.push(leave);
  }
  expect(leaves).toHaveLength(LIVE_CLIENTS_MAX);
  const late = page();
  expect(await live.join(late.client)).toBeUndefined();
  expect(late.messages).toEqual([]);
  leaves[0]?.();
  expect(await live.join(late.client)).toBeDefined();
});

test('closing ends every page, takes no new one and leaves no timer', async () => {
  const { live, clock, reads } = hub();
  const [one, late] = [page(), page()];
  await live.join(one.client);
  live.close();
  expect(one.isClosed()).toBe(true);
  expect(await live.join(late.client)).toBeUndefined();
  reads.length = 0;
  live.touch('orders');
  await clock.pass(10 * LIVE_HEARTBEAT_MS);
  expect(reads).toEqual([]);
  expect(one.messages).toHaveLength(1);
});

describe('poses', () => {
  /** As contracts/api.ts describes the frame, read without our own code. */
  function decode(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint8(1);
    return {
      version: view.getUint8(0),
      byteLength: bytes.byteLength,
      poses: Array.from({ length: count }, (_, index) => {
        const at = 2 + 18 * index;
        const [x, y, heading, battery] = [2, 6, 10, 14].map((byte) => view.getFloat32(at + byte, true));
        const flags = view.getUint8(at + 1);
        return { index: view.getUint8(at), moving: (flags & 1) === 1, x, y, heading, battery };
      }),
    };
  }

  test('have the published layout', () => {
    const robots = [
      robot('amr-1', { x: 12.5, y: -3.25, heading: 1.5, battery: 0.5, moving: true }),
      robot('amr-2'),
    ];
    expect(decode(encodePoses(robots))).toEqual({
      version: 1,
      byteLength: 2 + 2 * 18,
      poses: [
        { index: 0, moving: true, x: 12.5, y: -3.25, heading: 1.5, battery: 0.5 },
        { index: 1, moving: false, x: 1, y: 2, heading: 0.5, battery: 0.75 },
      ],
    });
    expect(decode(encodePoses([]))).toEqual({ version: 1, byteLength: 2, poses: [] });
  });

  test('of more robots than a byte counts are cut, not wrapped', () => {
    const many = Array.from({ length: 300 }, (_, index) => robot(`amr-${index}`));
    const { poses } = decode(encodePoses(many));
    expect([poses.length, poses.at(-1)?.index]).toEqual([255, 254]);
  });

  test('travel as bytes: a robot that only moves changes no row', async () => {
    const { live, state, beat } = hub();
    state.robots = [robot('amr-1', { moving: true })];
    const one = page();
    await live.join(one.client);
    const change = async (more: Partial<Robot>) => {
      state.robots = [{ ...state.robots[0], ...more } as Robot];
      live.touch('robots');
      await beat();
    };
    await change({ x: 5, heading: 2 });
    expect(one.messages).toHaveLength(1);
    expect(decode(one.frames[0] ?? new Uint8Array(2)).poses).toMatchObject([{ index: 0, x: 5, heading: 2 }]);
    await change({ activity: 'paused', moving: false });
    expect(one.changes()).toMatchObject([{ collection: 'robots', put: [{ activity: 'paused', x: 5 }] }]);
    // A permille of the battery is in the bytes; a percent is news.
    await change({ battery: 0.7499 });
    expect(one.changes()).toHaveLength(1);
    await change({ battery: 0.73 });
    expect(one.changes()).toHaveLength(2);
  });
});
