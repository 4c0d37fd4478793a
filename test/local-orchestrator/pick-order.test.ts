import { expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import { createPlant } from './plant.ts';
import { startSite, type TestSite } from './site.ts';

const acts = (site: TestSite) => site.plant.effects.map(({ action }) => action);
const is = (action: string) => (command: Command) => command.call.action === action;

test('an order goes from the rack to packing, each act once', async () => {
  const site = await startSite();
  await site.order('o-1');
  const order = await site.reached('o-1', 'completed');
  expect(order).toMatchObject({ lineCount: 2, pieceCount: 3, robot: null, taskId: null });
  expect(acts(site)).toEqual(['goTo', 'pick', 'drop', 'run', 'convey']);
  const [a] = await site.orchestrator.inventory.stock('A');
  expect(a).toMatchObject({ quantity: 998, reserved: 0 });
  const types = await site.eventTypes('o-1');
  expect(types.filter((type) => type === 'holdfast.work-order.completed.v1')).toHaveLength(1);
  expect(types.filter((type) => type === 'holdfast.inventory.consumed.v1')).toHaveLength(1);
  const detail = await site.orchestrator.order('o-1');
  expect(detail?.timeline.map(({ title }) => title)).toContain('MobileRobot.pick');
  expect(detail?.timeline.every(({ outcome }) => outcome !== 'running')).toBe(true);
  expect(site.orchestrator.stats().leases.size).toBe(0);
});

test('each command has its own id, a lease, an end and a reason, and carries the order', async () => {
  const site = await startSite();
  await site.order('o-1');
  await site.reached('o-1', 'completed');
  const pick = site.plant.submitted.find(is('pick'));
  expect(pick).toMatchObject({
    commandId: 'pick-order:o-1:pick.1:a1',
    epoch: 1,
    requestedBy: { kind: 'saga', id: 'pick-order:o-1' },
    reason: 'Pick, order o-1',
    correlationId: 'o-1',
  });
  const ids = site.plant.submitted.map(({ commandId }) => commandId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('an order that comes twice is one order', async () => {
  const site = await startSite();
  await site.order('o-1');
  await site.order('o-1');
  await site.reached('o-1', 'completed');
  await site.order('o-2');
  await site.reached('o-2', 'completed');
  expect(site.plant.count('pick')).toBe(2);
  expect(await site.orchestrator.orders()).toHaveLength(2);
});

test('a wrong article goes to a person; sent short, the order says what is missing', async () => {
  const site = await startSite();
  site.plant.fault('wrong-sku', 1, (command) =>
    is('pick')(command)
      ? { do: 'pick', change: (line) => (line.sku === 'A' ? { seenSku: 'Z' } : {}) }
      : undefined,
  );
  await site.order('o-1');
  const task = await site.task('o-1', 'pick-exception');
  expect(site.plant.fired.get('wrong-sku')).toBe(1);
  expect(task.text).toContain('Z instead of A at rack-1');
  expect(await site.reached('o-1', 'waiting-for-person')).toMatchObject({ taskId: task.taskId });
  await site.orchestrator.claimTask(task.taskId, 'ann');
  await site.orchestrator.decideTask(task.taskId, 'ann', 'accept-short');
  await site.reached('o-1', 'completed');
  const events = await site.store.readLog(0 as never, {
    types: ['holdfast.work-order.completed.v1'],
    countMax: 9,
  });
  expect(events[0]?.event.data).toMatchObject({
    picked: [{ sku: 'B', quantity: 1 }],
    short: [{ sku: 'A', quantity: 2 }],
  });
  const [a] = await site.orchestrator.inventory.stock('A');
  expect(a).toMatchObject({ quantity: 1_000, reserved: 0 });
});

test('picked again after putting back, by the same robot', async () => {
  const site = await startSite();
  site.plant.fault('short', 1, (command) =>
    is('pick')(command) ? { do: 'pick', change: () => ({ quantity: 0 }) } : undefined,
  );
  await site.order('o-1');
  const task = await site.task('o-1', 'pick-exception');
  expect(site.plant.fired.get('short')).toBe(1);
  await site.orchestrator.decideTask(task.taskId, 'ann', 'retry');
  await site.reached('o-1', 'completed');
  expect(acts(site)).toEqual(['goTo', 'pick', 'putBack', 'pick', 'drop', 'run', 'convey']);
  expect(new Set(site.plant.effects.slice(0, 5).map(({ target }) => target)).size).toBe(1);
});

test('cancelled at the check: what was picked goes back, stock and robot are free', async () => {
  const site = await startSite();
  site.plant.fault('short', 1, (command) =>
    is('pick')(command) ? { do: 'pick', change: () => ({ quantity: 0 }) } : undefined,
  );
  await site.order('o-1');
  const task = await site.task('o-1');
  expect(site.plant.fired.get('short')).toBe(1);
  await site.orchestrator.decideTask(task.taskId, 'ann', 'cancel');
  await site.reached('o-1', 'cancelled');
  expect(acts(site)).toEqual(['goTo', 'pick', 'putBack']);
  expect(await site.orchestrator.inventory.stock('A')).toMatchObject([{ quantity: 1_000, reserved: 0 }]);
  expect(site.orchestrator.stats().leases.size).toBe(0);
  expect(await site.eventTypes('o-1')).toContain('holdfast.work-order.failed.v1');
});

test('a robot that fails at picking puts back, and another one begins anew', async () => {
  const site = await startSite();
  const result = {
    state: 'failed',
    code: 'DRV_CANCELLED',
    reason: 'battery is flat',
    retryable: false,
  } as const;
  site.plant.fault('flat', 1, (command) => {
    if (!is('pick')(command)) return undefined;
    site.plant.setRobot(command.target, { battery: 0.01 });
    return { do: 'answer', result };
  });
  await site.order('o-1');
  await site.reached('o-1', 'completed');
  expect(site.plant.fired.get('flat')).toBe(1);
  expect(acts(site)).toEqual(['goTo', 'putBack', 'goTo', 'pick', 'drop', 'run', 'convey']);
  const [first, , second] = site.plant.effects;
  expect(first?.target).not.toBe(second?.target);
});

test.each([
  ['again', 'completed', ['goTo', 'pick', 'goTo', 'pick', 'drop', 'run', 'convey']],
  ['cancel', 'cancelled', ['goTo', 'pick']],
] as const)('a robot taken out of service with the tote keeps it; a person says "%s"', async (decision, end, done) => {
  const site = await startSite();
  const result = {
    state: 'refused',
    code: 'SAFE_FENCED',
    reason: 'amr-1 was taken out of the hands of whoever asked',
    interlocks: [],
    retryable: false,
  } as const;
  site.plant.fault('fenced', 1, (command) => (is('drop')(command) ? { do: 'answer', result } : undefined));
  await site.order('o-1');
  const task = await site.task('o-1', 'tote-left');
  expect(site.plant.fired.get('fenced')).toBe(1);
  expect(task.text).toContain('was taken out of service while it carried o-1-t1');
  await site.orchestrator.decideTask(task.taskId, 'ann', decision);
  await site.reached('o-1', end);
  // Its recovery puts the tote back; nobody else may, and nobody is asked to.
  expect(acts(site)).toEqual(done);
});

test('an answer that got lost is asked for: what was picked is not picked again', async () => {
  const site = await startSite({
    parts: { random: () => 0 },
  });
  const unknown = { state: 'unknown', reason: 'link lost' } as const;
  site.plant.fault('lost', 1, (command) =>
    is('pick')(command) ? { do: 'act-and-say', result: unknown } : undefined,
  );
  site.plant.onAsk(() => ({ outcome: 'done', data: { lines: [] } }));
  await site.order('o-1');
  const task = await site.task('o-1', 'pick-exception'); // the device says: done, and nothing was picked
  expect(site.plant.fired.get('lost')).toBe(1);
  expect(site.plant.asked).toHaveLength(1);
  expect(site.plant.count('pick')).toBe(1);
  await site.orchestrator.decideTask(task.taskId, 'ann', 'cancel');
  await site.reached('o-1', 'cancelled');
  expect(site.plant.count('putBack')).toBe(1);
});

test('a robot lost on its way with nothing on board is replaced by another', async () => {
  const site = await startSite({ parts: { random: () => 0 } });
  site.plant.onAsk(() => ({ outcome: 'unknown', reason: 'robot is out of radio' }));
  site.plant.fault('lost', 1, (command) => {
    if (!is('goTo')(command)) return undefined;
    site.plant.setRobot(command.target, { activity: 'lost' });
    return { do: 'answer', result: { state: 'unknown', reason: 'link lost' } };
  });
  await site.order('o-1');
  await site.reached('o-1', 'completed');
  expect(site.plant.fired.get('lost')).toBe(1);
  expect(site.plant.asked.length).toBe(3);
  const drives = site.plant.submitted.filter(is('goTo'));
  expect(new Set(drives.map(({ target }) => target)).size).toBe(2);
  expect(site.plant.count('pick')).toBe(1);
});

test('a pressed e-stop holds an order up without costing it attempts', async () => {
  const site = await startSite({ parts: { random: () => 0 } });
  const refused = { state: 'refused', reason: 'e-stop 1 is pressed', interlocks: ['e-stop-1'] } as const;
  // More often than the five attempts of a step.
  site.plant.fault('e-stop', 4, (command) =>
    is('goTo')(command) ? { do: 'answer', result: refused } : undefined,
  );
  await site.order('o-1');
  await site.reached('o-1', 'completed');
  expect(site.plant.fired.get('e-stop')).toBe(4);
  expect(site.plant.count('goTo')).toBe(1);
  const detail = await site.orchestrator.order('o-1');
  const refusals = detail?.timeline.filter(
    ({ outcome, kind }) => outcome === 'refused' && kind !== 'command',
  );
  expect(refusals).toHaveLength(4);
  expect(refusals?.[0]?.detail).toContain('e-stop 1 is pressed');
});

test('a jam goes to a person; by hand, the order is done', async () => {
  const site = await startSite();
  const jam = { state: 'failed', code: 'DRV_JAM', reason: 'a jam at lane 1', retryable: true } as const;
  site.plant.fault('jam', 1, (command) =>
    is('convey')(command) ? { do: 'answer', result: jam } : undefined,
  );
  await site.order('o-1');
  const task = await site.task('o-1', 'convey-failed');
  expect(site.plant.fired.get('jam')).toBe(1);
  expect(task.text).toContain('a jam at lane 1');
  await site.orchestrator.decideTask(task.taskId, 'ann', 'by-hand');
  await site.reached('o-1', 'completed');
  expect(site.plant.count('convey')).toBe(0);
});

test('cancelled on the line: the tote goes to reject, and the goods are booked to where they lie', async () => {
  const site = await startSite();
  const jam = { state: 'failed', code: 'DRV_JAM', reason: 'a jam at lane 1', retryable: true } as const;
  site.plant.fault('jam', 1, (command) =>
    is('convey')(command) ? { do: 'answer', result: jam } : undefined,
  );
  await site.order('o-1');
  const task = await site.task('o-1', 'convey-failed');
  expect(site.plant.fired.get('jam')).toBe(1);
  await site.orchestrator.decideTask(task.taskId, 'ann', 'cancel');
  await site.reached('o-1', 'cancelled');
  expect(acts(site)).toEqual(['goTo', 'pick', 'drop', 'run', 'reject']);
  expect(await site.orchestrator.inventory.stock('A')).toMatchObject([
    { place: 'rack-1', quantity: 998, reserved: 0 },
    { place: 'reject-1', quantity: 2, reserved: 0 },
  ]);
});

test('too little stock asks a person, who can send what there is', async () => {
  const site = await startSite({ stock: [{ sku: 'A', place: 'rack-1', quantity: 1 }] });
  await site.order('o-1', { lines: [{ line: 1, sku: 'A', quantity: 5 }] });
  const task = await site.task('o-1', 'short-stock');
  expect(task.text).toContain('5 wanted, 1 free');
  await site.orchestrator.decideTask(task.taskId, 'ann', 'accept-short');
  await site.reached('o-1', 'completed');
  const events = await site.store.readLog(0 as never, {
    types: ['holdfast.work-order.completed.v1'],
    countMax: 9,
  });
  expect(events[0]?.event.data).toMatchObject({
    picked: [{ sku: 'A', quantity: 1 }],
    short: [{ sku: 'A', quantity: 4 }],
  });
});

test('an order cancelled while it waits for a robot ends at once', async () => {
  const plant = createPlant([]);
  const site = await startSite({ plant });
  await site.order('o-1');
  await site.reached('o-1', 'running');
  await site.orchestrator.cancelOrder('o-1', 'ann', 'customer left');
  const order = await site.reached('o-1', 'cancelled');
  expect(order.robot).toBeNull();
  expect(plant.submitted).toEqual([]);
  expect(await site.orchestrator.inventory.stock('A')).toMatchObject([{ quantity: 1_000, reserved: 0 }]);
  await expect(site.orchestrator.cancelOrder('o-1', 'ann', 'again')).rejects.toMatchObject({
    code: 'SAGA_ORDER_ENDED',
  });
});

test('amends that fail wait for a person, who skips with a reason', async () => {
  const site = await startSite();
  site.plant.fault('short', 1, (command) =>
    is('pick')(command) ? { do: 'pick', change: () => ({ quantity: 0 }) } : undefined,
  );
  const stuck = {
    state: 'failed',
    code: 'DRV_REFUSED',
    reason: 'the tote is stuck',
    retryable: false,
  } as const;
  site.plant.fault('stuck', 1, (command) =>
    is('putBack')(command) ? { do: 'answer', result: stuck } : undefined,
  );
  await site.order('o-1');
  const check = await site.task('o-1', 'pick-exception');
  await site.orchestrator.decideTask(check.taskId, 'ann', 'cancel');
  const blocked = await site.task('o-1', 'compensation-blocked');
  expect(site.plant.fired.get('stuck')).toBe(1);
  await expect(site.orchestrator.decideTask(blocked.taskId, 'ann', 'skip')).rejects.toMatchObject({
    code: 'SAGA_TASK_DECISION',
  });
  await site.orchestrator.decideTask(blocked.taskId, 'ann', 'by-hand', 'carried back');
  await site.reached('o-1', 'cancelled');
  const detail = await site.orchestrator.order('o-1');
  expect(detail?.timeline.find(({ title }) => title.startsWith('Put right by hand'))).toMatchObject({
    kind: 'compensation',
    outcome: 'ok',
    detail: 'ann: carried back',
  });
  expect(await site.orchestrator.deadLetters.list({ state: 'closed', limit: 9 })).toMatchObject([
    { taskId: blocked.taskId, decision: 'by-hand', closedBy: 'ann', note: 'carried back' },
  ]);
  expect(await site.orchestrator.inventory.stock('A')).toMatchObject([{ quantity: 1_000, reserved: 0 }]);
});

test('more orders than may run wait in order of urgency, then age', async () => {
  const plant = createPlant([]);
  const site = await startSite({
    plant,
    parts: {
      config: { runningMax: 1, pickOrder: { conveyor: 'conveyor-1', robots: ['*'], batteryMin: 0.2 } },
    },
  });
  await site.order('first');
  await site.reached('first', 'running');
  for (const [orderId, priority] of [
    ['calm', 9],
    ['old', 5],
    ['young', 5],
    ['urgent', 0],
  ] as const) {
    await site.order(orderId, { priority });
    await site.reached(orderId, 'accepted');
  }
  const begun: string[] = [];
  site.orchestrator.onOrderChanged(({ orderId, state }) => {
    if (state === 'running' && !begun.includes(orderId)) begun.push(orderId);
  });
  plant.setRobot('amr-1', {});
  await site.reached('calm', 'completed');
  expect(begun.filter((orderId) => orderId !== 'first')).toEqual(['urgent', 'old', 'young', 'calm']);
  expect(await site.orchestrator.counts()).toMatchObject({ ordersRunning: 0, ordersCompletedToday: 5 });
});
