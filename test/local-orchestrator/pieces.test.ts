import { describe, expect, test } from 'vitest';
import { systemClock } from '#contracts/clock.ts';
import type { RobotState } from '#contracts/devices.ts';
import { ApplianceError } from '#contracts/errors.ts';
import { silentLog } from '#contracts/log.ts';
import { checkDefinition } from '../../local-orchestrator/definition/check.ts';
import { evaluate } from '../../local-orchestrator/definition/expression.ts';
import { chooseRobot, matches } from '../../local-orchestrator/fleet/choose-robot.ts';
import { createFleet } from '../../local-orchestrator/fleet/fleet.ts';
import {
  defineSaga,
  definitionHash,
  endFailed,
  goOn,
  localActivity,
  orElse,
  pickOrder,
  text,
  to,
  way,
} from '../../local-orchestrator/index.ts';
import { allocate } from '../../local-orchestrator/inventory/allocate.ts';
import { startOfDayMs } from '../../local-orchestrator/orders/start-of-day.ts';
import { inspect } from '../../local-orchestrator/sagas/pick-activities.ts';
import { createPlant } from './plant.ts';
import { openSagaStore, places, sagaConfig, startSite, temporaryFolder } from './site.ts';

const site = { config: sagaConfig.pickOrder, places };

describe('a definition', () => {
  test('built twice has the same hash, and survives JSON', () => {
    const definition = pickOrder(site);
    expect(definitionHash(pickOrder(site))).toBe(definitionHash(definition));
    const copy = JSON.parse(JSON.stringify(definition));
    expect(definitionHash(copy)).toBe(definitionHash(definition));
    const shuffled = { ...copy, nodes: Object.fromEntries(Object.entries(copy.nodes).reverse()) };
    expect(definitionHash(shuffled)).toBe(definitionHash(definition));
    copy.nodes.pick.timeoutMs += 1;
    expect(definitionHash(copy)).not.toBe(definitionHash(definition));
  });

  test('refers to inputs and outputs as data', () => {
    const step = localActivity<{ words: string }, { words: string }>('say', 1);
    const definition = defineSaga<{ name: string }>('words')
      .step('one', step, { title: 'One', input: ({ input }) => ({ words: input.name }) })
      .step('two', step, {
        title: 'Two',
        input: ({ steps }) => ({ words: text`heard ${orElse(steps.one.words, 'nothing')}` }),
      })
      .end({ title: 'Words', version: 1 });
    expect(definition.nodes.one).toMatchObject({ input: { words: { $ref: 'input.name' } } });
    expect(definition.nodes.two).toMatchObject({
      input: { words: { $text: ['heard ', { $ref: 'steps.one.output.words', $else: 'nothing' }] } },
    });
  });

  const definition = () => structuredClone(pickOrder(site));
  test.each([
    ['a node that is not there', 'reserve', { next: 'nowhere' }, 'leads to nowhere'],
    ['a step that is not there', 'pick', { input: { $ref: 'steps.gone.output' } }, 'refers to a step'],
    ['an unknown operator', 'pick', { input: { $reff: 'input' } }, '$reff is no operator'],
    ['a circle without a person', 'convey', { next: 'drop' }, 'goes round'],
    ['a node nobody leads to', 'reserve', { next: 'end' }, 'nothing leads here'],
    ['amends voided that do not exist', 'drop', { voids: ['inspect'] }, 'has no compensation'],
  ])('with %s is refused with the place and the cure', (_what, node, change, words) => {
    const broken = definition();
    Object.assign(broken.nodes[node] ?? {}, change);
    expect(() => checkDefinition(broken)).toThrow(words);
  });

  test('whose ways all end can still be written with a way back by a person', () => {
    const step = localActivity<Record<string, never>, null>('try', 1);
    const made = defineSaga<null>('again')
      .step('try', step, {
        title: 'Try',
        input: () => ({}),
        onFailure: {
          '*': way((saga) =>
            saga.task('ask', {
              kind: 'ask',
              title: 'Ask',
              text: ({ failed }) => failed('try').reason,
              decisions: {
                again: { label: 'Again', tone: 'primary', needsNote: false, leads: to('try') },
                leave: { label: 'Leave', tone: 'neutral', needsNote: false, leads: goOn },
                stop: { label: 'Stop', tone: 'danger', needsNote: false, leads: endFailed('stopped') },
              },
            }),
          ),
        },
      })
      .end({ title: 'Again', version: 1 });
    expect(Object.keys(made.nodes)).toEqual(['try', 'ask', 'ask-stop', 'end']);
  });
});

describe('an expression', () => {
  const lookup = (path: readonly string[]) => ({ 'a.b': 3, 'a.c': 'x' })[path.join('.')];
  test.each([
    [{ $ref: 'a.b' }, 3],
    [{ $ref: 'a.z', $else: { $ref: 'a.c' } }, 'x'],
    [{ $text: ['n=', { $ref: 'a.b' }] }, 'n=3'],
    [{ $and: [{ $gt: [{ $ref: 'a.b' }, 2] }, { $not: { $eq: ['x', 'y'] } }] }, true],
    [
      {
        $or: [
          false,
          {
            $eq: [
              [1, { k: 2 }],
              [1, { k: 2 }],
            ],
          },
        ],
      },
      true,
    ],
    [
      { list: [{ $ref: 'a.b' }], $note: 1 },
      { list: [3], $note: 1 },
    ],
  ])('%j is %j', (expression, value) => {
    expect(evaluate(expression, lookup, 'here')).toEqual(value);
  });
  test.each([
    [{ $ref: 'a.z' }],
    [{ $gt: ['a', 1] }],
    [{ $text: 'x' }],
    [{ $eq: [1] }],
  ])('%j is refused with its place', (expression) => {
    expect(() => evaluate(expression, lookup, 'step pick, input')).toThrow('step pick, input');
  });
});

describe('stock', () => {
  test.each([
    [
      'one shelf that holds it all, the emptiest',
      5,
      [
        ['r1', 9],
        ['r2', 6],
        ['r3', 2],
      ],
      [['r2', 5]],
      0,
    ],
    [
      'several shelves when none holds it all',
      10,
      [
        ['r1', 7],
        ['r2', 6],
      ],
      [
        ['r1', 7],
        ['r2', 3],
      ],
      0,
    ],
    ['what there is, and says what is missing', 10, [['r1', 4]], [['r1', 4]], 6],
  ] as const)('is taken from %s', (_what, quantity, shelves, taken, missing) => {
    const stock = shelves.map(([place, free]) => ({ sku: 'A', place, free }));
    const { lines, short } = allocate([{ sku: 'A', quantity }], stock);
    expect(lines.map((line) => [line.place, line.quantity])).toEqual(taken);
    expect(short.reduce((sum, one) => sum + one.wanted - one.available, 0)).toBe(missing);
  });

  test('is never promised twice, whoever asks at the same time', async () => {
    const { orchestrator } = await startSite({ stock: [{ sku: 'A', place: 'rack-1', quantity: 10 }] });
    const { inventory } = orchestrator;
    const asked = Array.from({ length: 20 }, (_one, index) =>
      inventory
        .reserve([{ sku: 'A', quantity: 1 }], false, {
          key: `k${index}`,
          orderId: `o${index}`,
          traceparent: null,
        })
        .then(
          () => 'reserved',
          (error: { code?: string }) => error.code ?? 'other',
        ),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((one) => one === 'reserved')).toHaveLength(10);
    expect(outcomes.filter((one) => one === 'SAGA_INVENTORY_SHORT')).toHaveLength(10);
    expect(await inventory.stock('A')).toMatchObject([{ quantity: 10, reserved: 10 }]);
  });

  test('acts are done once per key, and amends before the act prevent it', async () => {
    const { orchestrator, store } = await startSite();
    const { inventory } = orchestrator;
    const act = (key: string) => ({ key, orderId: 'o', traceparent: null });
    const wanted = [{ sku: 'A', quantity: 3 }];
    const first = await inventory.reserve(wanted, false, act('k'));
    expect(await inventory.reserve(wanted, false, act('k'))).toEqual(first);
    await inventory.consume('k', [{ sku: 'A', place: 'rack-1', quantity: 2 }], act('c'));
    await inventory.consume('k', [{ sku: 'A', place: 'rack-1', quantity: 2 }], act('c'));
    await inventory.release('k', act('k:undo'));
    expect(await inventory.stock('A')).toMatchObject([{ quantity: 998, reserved: 0 }]);
    await inventory.release('late', act('late:undo'));
    await expect(inventory.reserve(wanted, false, act('late'))).rejects.toThrow('given up');
    const events = await store.readLog(0 as never, {
      types: ['holdfast.inventory.consumed.v1'],
      countMax: 9,
    });
    expect(events).toHaveLength(1);
  });

  test('is loaded once per article and place, over any number of starts', async () => {
    const dir = temporaryFolder();
    const rows = [
      { sku: 'A', place: 'rack-1', quantity: 5 },
      { sku: 'A', place: 'rack-1', quantity: 2 },
    ];
    const first = await startSite({ dir, stock: rows });
    expect(first.orchestrator.inventory.knows('A')).toBe(true);
    expect(first.orchestrator.inventory.knows('Z')).toBe(false);
    await first.close();
    const second = await startSite({ dir, stock: [...rows, { sku: 'C', place: 'rack-2', quantity: 1 }] });
    expect(await second.orchestrator.inventory.stock('A')).toMatchObject([{ quantity: 7 }]);
    expect(second.orchestrator.inventory.knows('C')).toBe(true);
  });

  test.each([
    ['all of it', [{ quantity: 3, seenSku: 'A' }], 0, 3],
    ['too little', [{ quantity: 1, seenSku: 'A' }], 1, 1],
    ['the wrong article', [{ quantity: 3, seenSku: 'B' }], 1, 0],
    ['too much', [{ quantity: 9, seenSku: 'A' }], 0, 3],
    ['nothing said', [], 1, 0],
  ])('picked as %s', (_what, picked, exceptions, good) => {
    const wanted = [{ sku: 'A', place: 'r', quantity: 3 }];
    const seen = picked.map((line) => ({ ...line, sku: 'A', place: 'r' }));
    const inspection = inspect(wanted, seen, []);
    expect(inspection.exceptionCount).toBe(exceptions);
    expect(inspection.good.reduce((sum, line) => sum + line.quantity, 0)).toBe(good);
  });
});

describe('the fleet', () => {
  const robot = (robotId: string, x: number, change: Partial<RobotState> = {}): RobotState => ({
    robotId,
    pose: { x, y: 0, heading: 0 },
    battery: 0.8,
    activity: 'idle',
    moving: false,
    toteId: null,
    commandId: null,
    place: null,
    atMs: 0,
    ...change,
  });
  const wish = (holder: string, priority: number, sinceMs: number) => ({
    holder,
    near: { x: 0, y: 0 },
    robots: ['amr-*'],
    batteryMin: 0.2,
    priority,
    sinceMs,
  });

  test('gives the nearest robot that is free, well and allowed', () => {
    const robots = [
      robot('amr-1', 9),
      robot('amr-2', 1, { battery: 0.1 }),
      robot('amr-3', 2, { activity: 'lost' }),
      robot('amr-4', 3, { toteId: 't' }),
      robot('other', 0),
      robot('amr-5', 4),
    ];
    expect(chooseRobot(wish('s', 5, 0), robots, (id) => id !== 'amr-5')?.robotId).toBe('amr-1');
    expect(chooseRobot(wish('s', 5, 0), robots, () => true)?.robotId).toBe('amr-5');
    expect(matches('a*-*-z', 'amr-1-z')).toBe(true);
    expect(matches('a*z*z', 'az')).toBe(false);
  });

  test('serves those who wait by urgency, then age, one saga per robot', async () => {
    const store = await openSagaStore(temporaryFolder());
    const plant = createPlant([]);
    const fleet = createFleet({ store, clock: systemClock, log: silentLog, view: plant.fleet });
    await fleet.open();
    const order: string[] = [];
    const never = new AbortController().signal;
    const asked = [wish('young', 5, 9), wish('old', 5, 1), wish('urgent', 0, 50)].map(async (one) => {
      const lease = await fleet.acquire(one, never);
      order.push(one.holder);
      await fleet.release(one.holder, lease.epoch);
      return lease;
    });
    const gone = new AbortController();
    const left = fleet.acquire(wish('left', 0, 0), gone.signal);
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: 'ABORTED' });
    plant.setRobot('amr-1', { place: null });
    const leases = await Promise.all(asked);
    expect(order).toEqual(['urgent', 'old', 'young']);
    expect(leases.map(({ epoch }) => epoch).toSorted()).toEqual([1, 2, 3]);
    const lease = await fleet.acquire(wish('again', 1, 1), never);
    expect(await fleet.acquire(wish('again', 1, 1), never)).toEqual(lease);
    fleet.close();
    const reopened = createFleet({ store, clock: systemClock, log: silentLog, view: plant.fleet });
    await reopened.open();
    expect(await reopened.acquire(wish('again', 1, 1), never)).toEqual(lease);
    reopened.close();
    await store.close();
  });
});

test('a lease that somebody else took first is refused, and robots are given out again afterwards', async () => {
  const store = await openSagaStore(temporaryFolder());
  const plant = createPlant([]);
  let faults = 0;
  const unlucky = {
    ...store,
    async commit(...args: Parameters<typeof store.commit>) {
      if (faults > 0) throw new ApplianceError('STORE_CONFLICT', {});
      return store.commit(...args);
    },
    async query(...args: Parameters<typeof store.query>) {
      if (faults === 0) return store.query(...args);
      faults -= 1;
      throw new Error('the disk does not answer');
    },
  };
  const fleet = createFleet({ store: unlucky, clock: systemClock, log: silentLog, view: plant.fleet });
  await fleet.open();
  plant.setRobot('amr-1', { place: null });
  const wish = (holder: string) => ({
    holder,
    near: null,
    robots: ['amr-*'],
    batteryMin: 0.2,
    priority: 5,
    sinceMs: 0,
  });
  const never = new AbortController().signal;
  faults = 1;
  await expect(fleet.acquire(wish('first'), never)).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
  expect(faults).toBe(0);
  expect(await fleet.acquire(wish('second'), never)).toMatchObject({ robotId: 'amr-1', epoch: 1 });
  fleet.close();
  await store.close();
});

test('a day begins at midnight of the site, also when clocks change', () => {
  const zone = 'Europe/Berlin';
  expect(new Date(startOfDayMs(Date.UTC(2026, 2, 29, 12), zone)).toISOString()).toBe(
    '2026-03-28T23:00:00.000Z',
  );
  expect(new Date(startOfDayMs(Date.UTC(2026, 9, 25, 12), zone)).toISOString()).toBe(
    '2026-10-24T22:00:00.000Z',
  );
});
