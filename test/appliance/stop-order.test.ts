import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Log, silentLog } from '#contracts/log.ts';
import { createStopOrder, STOP_EACH_MS_MAX } from '../../appliance/stop-order.ts';

const errors: { fields: object; message: string }[] = [];
const log: Log = { ...silentLog, error: (fields, message) => void errors.push({ fields, message }) };
beforeEach(() => {
  errors.length = 0;
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe('stopping', () => {
  test('goes the other way round than starting, one after the other', async () => {
    const stops = createStopOrder(log);
    const seen: string[] = [];
    for (const name of ['store', 'broker', 'api']) {
      stops.add(name, async () => {
        seen.push(`${name} stops`);
        await Promise.resolve();
        seen.push(`${name} stopped`);
      });
    }
    await stops.stopAll();
    expect(seen).toEqual([
      'api stops',
      'api stopped',
      'broker stops',
      'broker stopped',
      'store stops',
      'store stopped',
    ]);
    expect(errors).toEqual([]);
  });

  test('happens once; who asks again waits for the first', async () => {
    const stops = createStopOrder(log);
    let count = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    stops.add('store', () => {
      count += 1;
      return promise;
    });
    const first = stops.stopAll();
    let isSecondDone = false;
    const second = stops.stopAll().then(() => {
      isSecondDone = true;
    });
    await vi.advanceTimersByTimeAsync(10);
    expect([count, isSecondDone]).toEqual([1, false]);
    resolve();
    await Promise.all([first, second]);
    expect(count).toBe(1);
  });

  test('a part that fails, at once or later, holds up nobody and is named', async () => {
    const stops = createStopOrder(log);
    const seen: string[] = [];
    stops.add('store', () => void seen.push('store'));
    stops.add('rejects', async () => {
      throw new Error('no');
    });
    stops.add('throws', () => {
      throw new Error('not at all');
    });
    await stops.stopAll();
    expect(seen).toEqual(['store']);
    expect(errors).toMatchObject([{ fields: { part: 'throws' } }, { fields: { part: 'rejects' } }]);
  });

  test('a part that hangs is left behind after its time', async () => {
    const stops = createStopOrder(log);
    const seen: string[] = [];
    stops.add('store', () => void seen.push('store'));
    stops.add('hangs', () => new Promise(() => undefined));
    const done = stops.stopAll();
    await vi.advanceTimersByTimeAsync(STOP_EACH_MS_MAX - 1);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await done;
    expect(seen).toEqual(['store']);
    expect(errors).toMatchObject([{ fields: { part: 'hangs' } }]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
