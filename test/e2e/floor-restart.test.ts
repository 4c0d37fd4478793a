import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OrderSummary } from '#contracts/api.ts';
import { isEvent } from '#contracts/events/envelope.ts';
import { taskChanged } from '#contracts/events/task.ts';
import { goalStatusCodes } from '#contracts/ros.ts';
import type { LedgerEntry } from '../../drivers/sim/index.ts';
import { loggedEvents } from './records.ts';
import { eventually, startWholeSite, type WholeSite } from './whole-site.ts';

/** Floor and appliance end together and start together, as on the box of a demo or in a building without power. */
const SPEED = 30;
const ORDERS = 8;
const WAIT_MS = 60_000;
const SKUS = ['S-1', 'S-2', 'S-3', 'S-4'];

let site: WholeSite;

beforeAll(async () => {
  const racks = ['rack-a01', 'rack-c05', 'rack-f09', 'rack-j11'];
  const stock = SKUS.map((sku, index) => `${sku},${racks[index]},1000`).join('\n');
  const inventoryCsv = `sku,place,quantity\n${stock}\n`;
  site = await startWholeSite({ speed: SPEED, inventoryCsv, keepsFloor: true });
  await site.startAppliance();
}, 60_000);
afterAll(() => site.close());

const orders = async (prefix: string) => {
  const { body } = await site.ask('GET', '/orders?limit=500');
  const { orders: all } = body as { orders: OrderSummary[] };
  return all.filter(({ orderId }) => orderId.startsWith(prefix));
};

async function send(prefix: string): Promise<void> {
  for (let number = 0; number < ORDERS; number++) {
    const lines = SKUS.slice(0, 1 + (number % SKUS.length)).map((sku) => ({ sku, quantity: 2 }));
    const order = { orderId: `${prefix}-${number}`, lines, destination: `packing-${1 + (number % 3)}` };
    expect((await site.ask('POST', '/orders', order)).status).toBe(201);
  }
}

/** On a busy machine the appliance may have stalled, which stops the floor; what else stands is not helped. */
async function resetWatchdog(): Promise<void> {
  const { body } = await site.ask('GET', '/interlocks');
  const { interlocks } = body as { interlocks: { id: string; needsReset: boolean }[] };
  const waits = interlocks.some(({ id, needsReset }) => id === 'watchdog.main' && needsReset);
  if (waits) await site.ask('POST', '/interlocks/watchdog.main/reset', {});
}

/** A tote has been put down already, robots are under way with others, and some orders have not begun. */
const inFlight = (since: number) =>
  eventually(
    'orders are in flight',
    async () => {
      await resetWatchdog();
      const facts = await site.ledger(since);
      const goalsUnderWay = of(facts, 'goal.accepted').length - of(facts, 'goal.finished').length;
      return of(facts, 'tote.created').length > 0 && goalsUnderWay > 1;
    },
    WAIT_MS,
  );

const allDone = (prefix: string) =>
  eventually(
    `all orders ${prefix} are completed`,
    async () => {
      await resetWatchdog();
      return (await orders(prefix)).every(({ state }) => state === 'completed');
    },
    WAIT_MS,
  );
const tasks = async () => (await loggedEvents(site)).filter((event) => isEvent(event, taskChanged));

type Kind = LedgerEntry['kind'];
const of = <K extends Kind>(facts: readonly LedgerEntry[], kind: K) =>
  facts.filter((fact): fact is Extract<LedgerEntry, { kind: K }> => fact.kind === kind);

/** By the floor's own account, over both lives: nothing that a robot or the line did was done again. */
function expectOnce(facts: readonly LedgerEntry[]): void {
  const deeds = [
    ...of(facts, 'goal.accepted').map(({ goalId }) => `took ${goalId}`),
    ...of(facts, 'goal.finished').map(({ goalId }) => `ended ${goalId}`),
    ...of(facts, 'line.picked').map(({ tote, sku }) => `picked ${sku} into ${tote}`),
    ...of(facts, 'tote.created').map(({ tote }) => `put down ${tote}`),
    ...of(facts, 'request.accepted').map(({ request }) => `took ${request}`),
    ...of(facts, 'tote.arrived').map(({ tote }) => `conveyed ${tote}`),
  ];
  expect(deeds.filter((deed, index) => deeds.indexOf(deed) !== index)).toEqual([]);
  expect(of(facts, 'tote.rejected')).toEqual([]);
}

const ends = {
  async orderly() {
    await site.stopAppliance();
    const facts = await site.ledger();
    await site.endFloor('SIGTERM');
    return facts;
  },
  async killed() {
    const facts = await site.ledger();
    await Promise.all([site.endFloor('SIGKILL'), site.killAppliance()]);
    return facts;
  },
};

test.each([
  ['an orderly stop', 'A', ends.orderly],
  ['a kill of both', 'B', ends.killed],
])(
  'after %s all goes on: every order is completed, nobody is asked, nothing is done twice',
  async (_, prefix, end) => {
    const since = (await site.ledger()).at(-1)?.n ?? 0;
    await send(prefix);
    await inFlight(since);
    const before = (await end()).filter(({ n }) => n > since);
    await site.startFloor();
    await site.startAppliance();
    await allDone(prefix);
    const after = await site.ledger();

    expect(await tasks(), 'nobody was asked to hand anything over').toEqual([]);
    expectOnce([...before, ...after]);
    const begun = new Set(of(before, 'goal.accepted').map(({ goalId }) => goalId));
    const ended = of(after, 'goal.finished').filter(({ goalId }) => begun.has(goalId));
    expect(ended.length, 'robots were in the midst of goals').toBeGreaterThan(0);
    expect(ended.every(({ status }) => status === goalStatusCodes.succeeded)).toBe(true);
  },
  300_000,
);
