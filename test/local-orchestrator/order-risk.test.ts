import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { WorkOrder } from '#contracts/events/order.ts';
import { silentLog } from '#contracts/log.ts';
import { createOrderRisk } from '../../local-orchestrator/models/risk/order-risk.ts';
import { openSagaStore } from './parts.ts';

const NOON_MS = Date.parse('2026-11-20T12:00:00Z');

/** Order `n` of a history: every seventh article makes trouble, large quantities do so often. */
function orderOf(n: number, change: Partial<WorkOrder> = {}): WorkOrder {
  const lines = [{ line: 1, sku: `S${n % 21}`, quantity: 1 + (n % 5) }];
  return { orderId: `o${n}`, kind: 'pick', priority: 5, destination: 'packing-1', lines, ...change };
}

async function startRisk() {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-risk-'));
  const store = await openSagaStore(dir);
  onTestFinished(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const create = () =>
    createOrderRisk({
      name: 'order-risk',
      store,
      clock: systemClock,
      log: silentLog,
      timeZone: 'Europe/Berlin',
    });
  return { store, create };
}

/** Orders accepted and ended one after the other, as a site sees them. */
async function live(
  { store, create }: Awaited<ReturnType<typeof startRisk>>,
  count: number,
  isException: (n: number) => boolean,
) {
  const risk = create();
  await risk.open();
  for (let from = 0; from < count; from += 100) {
    for (let n = from; n < from + 100; n += 1) {
      const order = orderOf(n);
      await store.commit([
        ...risk.accepted(order, NOON_MS + n),
        ...risk.ended(order.orderId, isException(n), NOON_MS + n + 1),
      ]);
      risk.learned();
    }
    await risk.idle();
  }
  return risk;
}

test('is not known without history, and says so', async () => {
  const { create } = await startRisk();
  const risk = create();
  await risk.open();
  expect(risk.riskOf(orderOf(1), NOON_MS)).toBeNull();
  expect(risk.report()).toMatchObject({ trained: false, samples: 0 });
  const question = { input: {}, options: ['calm', 'risky'], signal: AbortSignal.timeout(1_000) };
  await expect(risk.infer(question)).rejects.toMatchObject({ code: 'MODEL_INPUT' });
});

test('is learned from the orders of the site, explained, and known again after a restart', async () => {
  const site = await startRisk();
  const troubled = (n: number) => n % 21 === 7 || n % 21 === 14;
  const risk = await live(site, 600, troubled);
  expect(risk.report()).toMatchObject({ trained: true });
  const bad = risk.riskOf(orderOf(7, { orderId: 'bad' }), NOON_MS);
  const calm = risk.riskOf(orderOf(1, { orderId: 'calm' }), NOON_MS);
  expect(bad?.score).toBeGreaterThan(0.5);
  expect(calm?.score).toBeLessThan(0.2);
  expect(bad?.top[0]).toMatchObject({ feature: 'trouble with its articles so far' });
  expect(bad?.top).toHaveLength(3);

  const again = site.create();
  await again.open();
  expect(again.riskOf(orderOf(7, { orderId: 'bad' }), NOON_MS)?.score).toBeGreaterThan(0.5);
});

test('is not used when it does no better than chance on orders it has not seen', async () => {
  // Every fifth, whatever it holds: 21 articles and 5 quantities say nothing about it.
  const risk = await live(await startRisk(), 600, (n) => (n * 7919) % 101 < 20);
  expect(risk.report()).toMatchObject({ trained: false });
  expect(risk.report().auc).not.toBeNull();
  expect(risk.riskOf(orderOf(1), NOON_MS)).toBeNull();
});
