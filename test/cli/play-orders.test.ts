import { describe, expect, test } from 'vitest';
import { CliError, EXIT } from '../../appliance/cli/exit.ts';
import type { Answer } from '../../appliance/cli/local-api.ts';
import { playOrders } from '../../appliance/cli/play-orders.ts';
import type { ReplayItem } from '../../appliance/intake/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const order = (orderId: string, atMs: number): ReplayItem => ({
  kind: 'order',
  atMs,
  orderId,
  order: { orderId },
});
const cancel = (orderId: string, atMs: number): ReplayItem => ({ kind: 'cancel', atMs, orderId });
const away = () => new CliError('No site runs', 'Start it.', EXIT.notRunning);

/** A site that answers as told; what it was asked and when is kept. */
function played(
  items: readonly ReplayItem[],
  answer: (path: string, nth: number) => number | Error,
  more = {},
) {
  const clock = createFakeClock();
  const asked: { atMs: number; path: string; body: unknown; headers: unknown }[] = [];
  const progress: number[] = [];
  const result = playOrders(items, {
    api: {
      async ask(_method, path, body, headers): Promise<Answer> {
        asked.push({ atMs: clock.monotonicMs(), path, body, headers });
        const status = answer(path, asked.length);
        if (status instanceof Error) throw status;
        return {
          status,
          body: status < 400 ? {} : { code: `CODE_${status}`, title: `refused with ${status}` },
        };
      },
    },
    clock,
    speed: 60,
    patienceMs: 5_000,
    onProgress: (done) => progress.push(done),
    ...more,
  });
  return { result, asked, progress, clock };
}

describe('playing orders', () => {
  test('sends each at its time, so many times faster, and says where they come from', async () => {
    const { result, asked, progress, clock } = played(
      [order('A', 0), order('B', 60_000), cancel('A', 120_000)],
      (path) => (path.endsWith('/cancel') ? 202 : 201),
    );
    await clock.pass(10_000);
    expect(await result).toEqual({ accepted: 2, repeated: 0, cancelled: 1, refused: 0, refusals: [] });
    expect(asked.map(({ atMs, path }) => [atMs, path])).toEqual([
      [0, '/orders'],
      [1_000, '/orders'],
      [2_000, '/orders/A/cancel'],
    ]);
    expect(
      asked.every(({ headers }) => (headers as Record<string, string>)['x-holdfast-intake'] === 'replay'),
    ).toBe(true);
    expect(progress).toEqual([1, 2, 3]);
  });

  test('counts what was known and what was refused, and goes on', async () => {
    const { result, clock } = played(
      [order('A', 0), order('B', 0), order('C', 0)],
      (_, nth) => [201, 422, 200][nth - 1] ?? 500,
    );
    await clock.pass(1_000);
    expect(await result).toEqual({
      accepted: 1,
      repeated: 1,
      cancelled: 0,
      refused: 1,
      refusals: [{ orderId: 'B', code: 'CODE_422', reason: 'refused with 422' }],
    });
  });

  test.each([
    ['a site that restarts', away()],
    ['a site that is not ready', 503],
    ['a disk that is full for a while', 507],
    ['a site that asks to slow down', 429],
  ])('waits for %s, with the same order', async (_, trouble) => {
    const { result, asked, clock } = played([order('A', 0), order('B', 0)], (_path, nth) =>
      nth <= 3 ? trouble : 201,
    );
    await clock.pass(10_000);
    expect(await result).toMatchObject({ accepted: 2, refused: 0 });
    expect(asked.map(({ body }) => (body as { orderId: string }).orderId)).toEqual(['A', 'A', 'A', 'A', 'B']);
  });

  test('loses patience with a site that stays away', async () => {
    const { result, asked, clock } = played([order('A', 0), order('B', 0)], () => away());
    const failed = expect(result).rejects.toMatchObject({ exitCode: EXIT.notRunning });
    await clock.pass(20_000);
    await failed;
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.at(-1)?.atMs).toBeGreaterThan(5_000);
  });

  test('a refusal is no reason to try again', async () => {
    const { result, asked, clock } = played([order('A', 0)], () => 409);
    await clock.pass(10_000);
    expect(await result).toMatchObject({ refused: 1 });
    expect(asked).toHaveLength(1);
  });

  test('keeps no more refusals than it shows', async () => {
    const items = Array.from({ length: 150 }, (_, nth) => order(`A-${nth}`, 0));
    const { result, clock } = played(items, () => 422);
    await clock.pass(1_000);
    const { refused, refusals } = await result;
    expect([refused, refusals.length]).toEqual([150, 100]);
  });

  test('an id with a slash stays one part of the path', async () => {
    const { result, asked, clock } = played([cancel('A/../B', 0)], () => 202);
    await clock.pass(1_000);
    await result;
    expect(asked[0]?.path).toBe('/orders/A%2F..%2FB/cancel');
  });
});
