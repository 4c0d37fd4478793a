import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { UplinkStatus } from '#contracts/api.ts';
import type { Breaker } from '#contracts/breakers.ts';
import { kpiFigures } from '#contracts/kpis.ts';
import { createMetrics } from '../../appliance/telemetry/index.ts';
import { damageModel } from '../support/damage-model.ts';
import { kpiWindow, sloStatus } from '../support/kpi-figures.ts';
import { restingSources } from '../support/resting-metrics.ts';

const documented = readFileSync(fileURLToPath(new URL('../../docs/metrics.md', import.meta.url)), 'utf8');

/**
 * Names of the table's first column; `_x` after a full name stands for its last word replaced. A family ends in
 * `*` and is told elsewhere, name by name.
 */
function documentedNames(families: boolean): { name: string; labels: string[] }[] {
  const ticked = (cell: string | undefined) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  return documented
    .split('\n')
    .filter((line) => line.startsWith('| `holdfast_'))
    .flatMap((line) => {
      const [, names, labels] = line.split('|');
      const [first = '', ...more] = ticked(names);
      const stem = first.replace(/_[a-z]+_total$/, '');
      return [first, ...more.map((suffix) => `${stem}${suffix}`)].map((name) => ({
        name,
        labels: ticked(labels).sort(),
      }));
    })
    .filter(({ name }) => name.endsWith('*') === families)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const region: UplinkStatus = {
  id: 'region',
  url: 'https://region.example',
  state: 'down',
  reason: 'refused',
  since: '2026-11-21T06:00:00.000Z',
  lanes: [
    { lane: 'safety', count: 3, oldestAt: '2020-01-01T00:00:00.000Z', acknowledgedSequence: 9 },
    { lane: 'audit', count: 0, oldestAt: null, acknowledgedSequence: 4 },
  ],
  backlogCount: 3,
  backlogBytes: 100,
  ratePerSecond: 0,
  drainSeconds: null,
  droppedCount: 7,
};
const openBreaker: Breaker = {
  id: 'device:amr-1',
  kind: 'device',
  name: 'amr-1',
  state: 'open',
  faults: 5,
  reason: 'motor fault',
  changedAt: null,
  retryAt: null,
};
const busy = () =>
  createMetrics({
    ...restingSources,
    counts: async () => ({
      ordersWaiting: 1,
      ordersRunning: 2,
      ordersCompletedToday: 3,
      ordersFailedToday: 4,
      tasksOpen: 5,
    }),
    devices: () => [
      { id: 'plc', link: { state: 'up', sinceMs: 1, heardAtMs: 2 } },
      { id: 'fleet', link: { state: 'connecting', sinceMs: 1 } },
    ],
    uplinks: () => [region],
    threads: () => [{ name: 'main', delayMsP50: 1, delayMsP99: 2, delayMsMax: 3 }],
    broker: () => ({ clients: 1, received: 20, delivered: 30, dropped: 4 }),
    models: () => [damageModel],
    kpis: async () => [kpiWindow],
    objectives: async () => [sloStatus],
    breakers: () => [openBreaker],
    sagas: () => ({ sagasAlive: 6, limits: [{ name: 'zone', key: 'a', running: 1, waiting: 2 }] }),
  });

describe('the figures', () => {
  test('are those of docs/metrics.md, name by name and label by label', async () => {
    const metrics = busy();
    metrics.countCommand('verified');
    metrics.countRefusal('INT_INVALID');
    metrics.countInterlockTrip('e-stop-1');
    const text = await metrics.text();
    const [families, names] = [documentedNames(true), documentedNames(false)];
    const isOfFamily = (name: string) => families.some((family) => name.startsWith(family.name.slice(0, -1)));
    const all = [...text.matchAll(/^# TYPE (holdfast_\w+) /gm)].map(([, name = '']) => name);
    const shown = all
      .filter((name) => !isOfFamily(name))
      .map((name) => {
        const sample = new RegExp(`^${name}(?:\\{(.*)\\})? `, 'm').exec(text);
        expect(sample, `${name} has a value`).not.toBeNull();
        const labels = [...(sample?.[1] ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label);
        return { name, labels: labels.sort() };
      });
    expect(shown.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(names);
    expect(all.filter(isOfFamily).length).toBeGreaterThan(Object.keys(kpiFigures).length - 1);
    expect(names.length).toBeGreaterThan(20);
  });

  test('say what is so at the scrape', async () => {
    const text = await busy().text();
    for (const line of [
      'holdfast_orders{state="waiting"} 1',
      'holdfast_orders{state="failed-today"} 4',
      'holdfast_tasks_open 5',
      'holdfast_device_up{device="plc"} 1',
      'holdfast_device_up{device="fleet"} 0',
      'holdfast_uplink_up{uplink="region"} 0',
      'holdfast_uplink_backlog{uplink="region",lane="safety"} 3',
      'holdfast_uplink_oldest_seconds{uplink="region",lane="audit"} 0',
      'holdfast_uplink_dropped_total{uplink="region"} 7',
      'holdfast_thread_delay_ms{thread="main",quantile="0.99"} 2',
      'holdfast_mqtt_dropped_total 4',
    ])
      expect(text).toContain(`${line}\n`);
    const age = /holdfast_uplink_oldest_seconds\{uplink="region",lane="safety"\} (\d+)/.exec(text)?.[1];
    expect(Number(age)).toBeGreaterThan(86_400);
  });

  test('forget a device that is gone', async () => {
    let devices = [{ id: 'old', link: { state: 'up' as const, sinceMs: 1, heardAtMs: 2 } }];
    const metrics = createMetrics({ ...restingSources, devices: () => devices });
    expect(await metrics.text()).toContain('device="old"');
    devices = [];
    expect(await metrics.text()).not.toContain('device="old"');
  });

  test('of two sites in one process do not mix', async () => {
    const [one, two] = [createMetrics(restingSources), createMetrics(restingSources)];
    one.countCommand('failed');
    expect(await one.text()).toContain('holdfast_commands_total{state="failed"} 1');
    expect(await two.text()).not.toContain('state="failed"');
  });

  test('have help on each of them, and those of the process beside them', async () => {
    const text = await busy().text();
    const typed = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    for (const name of typed) expect(text).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'));
    expect(typed).toEqual(
      expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']),
    );
  });
});
