import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApplianceError, type ErrorCode } from '#contracts/errors.ts';
import type { AnyEvent, Lane } from '#contracts/events/envelope.ts';
import { type Log, silentLog } from '#contracts/log.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import {
  createRecorder,
  FLUSH_RETRIES_MAX,
  QUEUE_MAX,
  TELEMETRY_QUEUE_MAX,
} from '../../appliance/floor/recorder.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';
import { eventOf } from './events.ts';

/** A store whose commits wait for `release` and fail as told; what it took is in `taken`. */
function slowStore(
  fails: (events: readonly AnyEvent[], nth: number) => ErrorCode | undefined = () => undefined,
) {
  const taken: AnyEvent[] = [];
  const batches: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let nth = 0;
  const commit = async (ops: readonly StoreOp[]) => {
    const events = ops.flatMap((op) => (op.op === 'append' ? [op.event] : []));
    nth += 1;
    await promise;
    const code = fails(events, nth);
    if (code !== undefined) throw new ApplianceError(code, { problem: 'of the test' });
    taken.push(...events);
    batches.push(events.length);
    return [];
  };
  return { store: { commit } as unknown as Store, taken, batches, release: resolve };
}

function loggedErrors() {
  const errors: { fields: object; message: string }[] = [];
  const log: Log = { ...silentLog, error: (fields, message) => void errors.push({ fields, message }) };
  return { errors, log };
}

const noPause = async () => undefined;
const namesOf = (events: readonly AnyEvent[]) => events.map(({ lane, subject }) => `${lane} ${subject}`);

describe('the recorder', () => {
  test('lets a safety event pass the telemetry that came before it', async () => {
    const { store, taken, release } = slowStore();
    const recorder = createRecorder(store, silentLog, noPause);
    // The first batch is on its way before anything else comes.
    for (let nth = 0; nth < 1_200; nth += 1) recorder.record(eventOf('telemetry', nth));
    recorder.record(eventOf('business', 1));
    recorder.record(eventOf('safety', 1));
    recorder.record(eventOf('safety', 2));
    release();
    await recorder.flush();
    const order = namesOf(taken);
    expect(order).toHaveLength(1_203);
    const of = (name: string) => order.indexOf(name);
    expect(of('safety thing-1')).toBeLessThan(of('business thing-1'));
    expect(of('safety thing-2')).toBe(of('safety thing-1') + 1);
    // Behind the one batch that was under way, before all that waited.
    expect(of('business thing-1')).toBeLessThan(of('telemetry thing-600'));
  });

  test('keeps the order within a lane over failures', async () => {
    const { store, taken, release } = slowStore((_, nth) => (nth % 2 === 1 ? 'STORE_IO' : undefined));
    const { errors, log } = loggedErrors();
    const pauses: number[] = [];
    const recorder = createRecorder(store, log, async (ms) => void pauses.push(ms));
    for (let nth = 0; nth < 700; nth += 1) recorder.record(eventOf('audit', nth));
    release();
    await recorder.flush();
    expect(namesOf(taken)).toEqual(Array.from({ length: 700 }, (_, nth) => `audit thing-${nth}`));
    expect(recorder.droppedCount()).toBe(0);
    expect(pauses.length).toBeGreaterThanOrEqual(2);
    expect(errors[0]).toMatchObject({ fields: { lane: 'audit', failures: 1 } });
  });

  test('gives up telemetry on a full disk, counts it, and stores the rest', async () => {
    const { store, taken, release } = slowStore((events) =>
      events.some(({ lane }) => lane === 'telemetry') ? 'STORE_FULL' : undefined,
    );
    const recorder = createRecorder(store, silentLog, noPause);
    for (let nth = 0; nth < 600; nth += 1) recorder.record(eventOf('telemetry', nth));
    recorder.record(eventOf('safety', 1));
    release();
    await recorder.flush();
    expect(namesOf(taken)).toEqual(['safety thing-1']);
    expect(recorder.droppedCount()).toBe(600);
  });

  test('does not give up a safety event on a full disk', async () => {
    let isFull = true;
    const { store, taken, release } = slowStore(() => (isFull ? 'STORE_FULL' : undefined));
    const recorder = createRecorder(store, silentLog, async () => {
      isFull = false;
    });
    recorder.record(eventOf('safety', 1));
    release();
    await recorder.flush();
    expect(namesOf(taken)).toEqual(['safety thing-1']);
  });

  test('an event that can never be stored is given up alone, loudly', async () => {
    const poison = eventOf('audit', 321);
    const { store, taken, release } = slowStore((events) =>
      events.some(({ id }) => id === poison.id) ? 'STORE_TOO_LARGE' : undefined,
    );
    const { errors, log } = loggedErrors();
    const recorder = createRecorder(store, log, noPause);
    for (let nth = 0; nth < 321; nth += 1) recorder.record(eventOf('audit', nth));
    recorder.record(poison);
    for (let nth = 322; nth < 600; nth += 1) recorder.record(eventOf('audit', nth));
    recorder.record(eventOf('business', 1));
    release();
    await recorder.flush();
    expect(taken).toHaveLength(600);
    expect(namesOf(taken)).not.toContain('audit thing-321');
    expect(namesOf(taken).slice(0, 599)).toEqual(
      Array.from({ length: 600 }, (_, nth) => `audit thing-${nth}`).filter((_, nth) => nth !== 321),
    );
    expect(recorder.droppedCount()).toBe(1);
    expect(errors).toMatchObject([{ fields: { id: poison.id, type: poison.type } }]);
  });

  test('an event that is no JSON is given up alone, and does not hold up its lane', async () => {
    const taken: unknown[] = [];
    const commit = async (ops: readonly StoreOp[]) => taken.push(...ops.map((op) => JSON.stringify(op)));
    const { errors, log } = loggedErrors();
    const recorder = createRecorder({ commit } as unknown as Store, log, noPause);
    recorder.record(eventOf('audit', 1));
    recorder.record({ ...eventOf('audit', 2), data: 2n });
    recorder.record(eventOf('audit', 3));
    await recorder.flush();
    expect(taken).toHaveLength(2);
    expect(recorder.droppedCount()).toBe(1);
    expect(errors.at(-1)?.message).toContain('record lost');
  });

  test('after so many failures it rests, and the next event starts it again', async () => {
    let isBroken = true;
    const { store, taken, release } = slowStore(() => (isBroken ? 'STORE_IO' : undefined));
    const { errors, log } = loggedErrors();
    const recorder = createRecorder(store, log, noPause);
    recorder.record(eventOf('safety', 1));
    release();
    await recorder.flush();
    expect(errors).toHaveLength(FLUSH_RETRIES_MAX);
    isBroken = false;
    recorder.record(eventOf('safety', 2));
    await recorder.flush();
    expect(namesOf(taken)).toEqual(['safety thing-1', 'safety thing-2']);
  });

  test.each<[Lane, number, boolean]>([
    ['telemetry', TELEMETRY_QUEUE_MAX, false],
    ['audit', QUEUE_MAX, true],
  ])('bounds what waits in the lane %s', async (lane, countMax, isLoud) => {
    const { store, taken, release } = slowStore();
    const { errors, log } = loggedErrors();
    const recorder = createRecorder(store, log, noPause);
    const event = eventOf(lane, 1);
    for (let nth = 0; nth < countMax + 3; nth += 1) recorder.record(event);
    expect(recorder.droppedCount()).toBe(3);
    expect(errors).toHaveLength(isLoud ? 3 : 0);
    release();
    await recorder.flush();
    expect(taken).toHaveLength(countMax);
  });
});

describe('on a real store', () => {
  let kept: KeptStore;
  beforeAll(async () => {
    kept = await keepStore([]);
  });
  afterAll(() => kept.end());

  test('what was recorded before a flush is on disk after it', async () => {
    const recorder = createRecorder(kept.store, silentLog, noPause);
    for (let nth = 0; nth < 1_000; nth += 1) {
      recorder.record(eventOf('telemetry', nth));
      if (nth % 10 === 0) recorder.record(eventOf('safety', nth));
    }
    await recorder.flush();
    await kept.reopen();
    const events = await kept.events();
    expect(events).toHaveLength(1_100);
    for (const lane of ['telemetry', 'safety'] as const) {
      const numbers = events
        .filter((event) => event.lane === lane)
        .map(({ data }) => (data as { nth: number }).nth);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });
});
