import { expect, test } from 'vitest';
import {
  type BacklogHistory,
  HISTORY_MS_MAX,
  recordBacklog,
  SAMPLE_MS,
} from '../../ui/src/data/backlog-history.ts';
import { applyChange, ORDERS_KEPT_MAX } from '../../ui/src/data/live-state.ts';
import { uplink } from './fake-equipment.ts';
import { busySite } from './fake-site.ts';

const site = busySite();

test('a put replaces its row in place and adds what is new at the end', () => {
  const [first, second] = site.robots;
  if (first === undefined || second === undefined) throw new Error('the made-up site has robots');
  const moved = { ...first, battery: 0.1 };
  const fresh = { ...second, robotId: 'amr-9' };
  const after = applyChange(site, { collection: 'robots', put: [moved, fresh], remove: [] });
  expect(after.robots[0]).toBe(moved);
  expect(after.robots.at(-1)).toBe(fresh);
  expect(after.robots).toHaveLength(site.robots.length + 1);
});

test('a remove takes its row out, and an unknown one does nothing', () => {
  const after = applyChange(site, { collection: 'tasks', put: [], remove: ['task-1', 'nobody'] });
  expect(after.tasks.map((task) => task.taskId)).toEqual(['task-2']);
});

test('a change leaves every other collection the very same object', () => {
  const after = applyChange(site, { collection: 'alarms', put: [], remove: ['cabinet'] });
  expect(after.orders).toBe(site.orders);
  expect(after.devices).toBe(site.devices);
});

test('orders are kept up to a limit, the newest by change', () => {
  const [row] = site.orders;
  if (row === undefined) throw new Error('the made-up site has orders');
  const put = Array.from({ length: 3 * ORDERS_KEPT_MAX }, (_, index) => ({
    ...row,
    orderId: `N-${index}`,
    changedAt: new Date(Date.UTC(2030, 0, 1) + index * 1_000).toISOString(),
  }));
  const after = applyChange(site, { collection: 'orders', put, remove: [] });
  expect(after.orders).toHaveLength(ORDERS_KEPT_MAX);
  expect(after.orders[0]?.orderId).toBe(`N-${3 * ORDERS_KEPT_MAX - 1}`);
});

test('the history of the backlog forgets, and has a hole where nothing was heard', () => {
  let history: BacklogHistory = new Map();
  const samples = HISTORY_MS_MAX / SAMPLE_MS;
  for (let second = 0; second < samples + 50; second += 1) {
    history = recordBacklog(
      history,
      [uplink({ backlogCount: second })],
      second !== samples,
      second * SAMPLE_MS,
    );
  }
  const kept = history.get('region') ?? [];
  expect(kept).toHaveLength(samples);
  expect(kept.find((sample) => sample.backlogCount === null)?.atMs).toBe(samples * SAMPLE_MS);
  expect(kept.at(-1)?.backlogCount).toBe(samples + 49);
});
