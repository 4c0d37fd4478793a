import { describe, expect, test } from 'vitest';
import type { Interlock, LiveState, OrderSummary, Task } from '#contracts/api.ts';
import type { LiveHub } from '../../appliance/api/index.ts';
import type { Alarms, DeviceRegistry, TagTable } from '../../appliance/floor/index.ts';
import { createSiteView, type SiteViewOptions } from '../../appliance/site-view.ts';
import { alarm, robot } from '../api/rows.ts';

const order = (orderId: string, robotId: string | null): OrderSummary => ({
  orderId,
  state: 'running',
  priority: 5,
  risk: null,
  lineCount: 1,
  pieceCount: 1,
  destination: 'packing-1',
  customer: null,
  step: null,
  robot: robotId,
  acceptedAt: '2026-11-21T06:00:00.000Z',
  changedAt: '2026-11-21T06:00:00.000Z',
  sagaId: null,
  taskId: null,
});
const interlock = (more: Partial<Interlock> = {}): Interlock => ({
  id: 'e-stop-1',
  text: 'e-stop 1',
  met: true,
  needsReset: false,
  reason: null,
  protects: ['conveyor-1'],
  ...more,
});

/** The parts of a site as far as the view looks at them; changes are told by calling what it listened with. */
function site() {
  let interlocks: Interlock[] = [interlock()];
  let disk = 'ok';
  let started = true;
  const heard = {
    order: (_: OrderSummary) => {},
    task: () => {},
    alarm: () => {},
    link: () => {},
    robot: () => {},
    tags: () => {},
  };
  const resets: string[] = [];
  const touched: (keyof LiveState)[] = [];
  const view = createSiteView({
    siteFile: {},
    store: {
      stats: () => ({
        disk,
        eventCount: 5,
        commitCount: 4,
        queuedCount: 3,
        batchMsMax: 2,
        freeBytes: 1,
        loopDelayMsP50: 1,
        loopDelayMsP99: 2,
        loopDelayMsMax: 3,
      }),
    },
    broker: { stats: () => ({ connections: 1, receivedTotal: 2, deliveredTotal: 3, droppedTotal: 4 }) },
    floor: {
      interlocks: () => interlocks,
      async resetInterlock(id: string, by: string) {
        resets.push(`${id} ${by}`);
        return interlocks[0]?.met === true ? { allowed: true } : { allowed: false, reason: 'it is pressed' };
      },
      threadStats: () => [{ name: 'safety' }],
    },
    notifier: { onShown: () => () => {} },
    orchestrator: {
      isStarted: () => started,
      history: {},
      counts: async () => ({
        ordersWaiting: 9,
        ordersRunning: 1,
        ordersCompletedToday: 2,
        ordersFailedToday: 3,
        tasksOpen: 4,
      }),
      orders: async ({ limit }: { limit: number }) => [order(`limit-${limit}`, null)],
      tasks: () => [] as Task[],
      onOrderChanged: (listener: typeof heard.order) => {
        heard.order = listener;
      },
      onTaskChanged: (listener: () => void) => {
        heard.task = listener;
      },
    },
    registry: {
      devices: () => [],
      robots: (orderOf: (id: string) => string | null) =>
        ['amr-1', 'amr-2'].map((id) => robot(id, { orderId: orderOf(id) })),
      onLink: (listener: () => void) => {
        heard.link = listener;
      },
      onRobot: (listener: () => void) => {
        heard.robot = listener;
      },
    } as unknown as DeviceRegistry,
    alarms: {
      list: () => [alarm('a')],
      onChange: (listener: () => void) => {
        heard.alarm = listener;
      },
    } as unknown as Alarms,
    uplink: { status: () => [] },
    demo: undefined,
    otherThreads: new Map([['main', { name: 'main' }]]),
  } as unknown as SiteViewOptions);
  const onChange = (listener: () => void) => {
    heard.tags = listener;
  };
  view.touchOnChange(
    { touch: (what: keyof LiveState) => void touched.push(what) } as unknown as LiveHub,
    { onChange } as unknown as TagTable,
  );
  return {
    view,
    heard,
    resets,
    touchedBy(act: () => void) {
      touched.length = 0;
      act();
      return [...touched].sort();
    },
    set: (now: Interlock[]) => {
      interlocks = now;
    },
    fill: (state: string) => {
      disk = state;
    },
    restart: () => {
      started = false;
    },
  };
}

describe('the view of the site', () => {
  test.each([
    ['all met', interlock(), false],
    ['one open', interlock({ met: false }), true],
    ['one met again, not yet reset', interlock({ needsReset: true }), true],
  ])('says whether motion is held: %s', async (_, now, stopped) => {
    const { view, set } = site();
    set([interlock({ id: 'other' }), now]);
    expect(await view.services.summary()).toEqual({
      ordersRunning: 1,
      ordersCompletedToday: 2,
      ordersFailedToday: 3,
      tasksOpen: 4,
      alarmsActive: 1,
      stopped,
    });
  });

  test('shows each robot with the order it serves, and frees it with the order', () => {
    const { view, heard } = site();
    const shown = () => view.services.devices.robots().map(({ orderId }) => orderId);
    expect(shown()).toEqual([null, null]);
    heard.order(order('A-1', 'amr-1'));
    heard.order(order('A-2', 'amr-2'));
    expect(shown()).toEqual(['A-1', 'A-2']);
    // It changes its robot, then has none.
    heard.order(order('A-1', null));
    heard.order(order('A-2', 'amr-1'));
    expect(shown()).toEqual(['A-2', null]);
    // A late word of the first order does not take the robot from the second.
    heard.order(order('A-1', null));
    expect(shown()).toEqual(['A-2', null]);
  });

  test.each([
    [
      'an order',
      (site_: ReturnType<typeof site>) => site_.heard.order(order('A', null)),
      ['orders', 'robots', 'summary'],
    ],
    ['a task', (site_: ReturnType<typeof site>) => site_.heard.task(), ['summary', 'tasks']],
    ['an alarm', (site_: ReturnType<typeof site>) => site_.heard.alarm(), ['alarms', 'summary']],
    ['a link', (site_: ReturnType<typeof site>) => site_.heard.link(), ['devices']],
    ['a tag', (site_: ReturnType<typeof site>) => site_.heard.tags(), ['devices']],
    ['a robot', (site_: ReturnType<typeof site>) => site_.heard.robot(), ['robots']],
  ])('tells the pages what to read again after %s', (_, act, collections) => {
    const one = site();
    expect(one.touchedBy(() => act(one))).toEqual(collections);
  });

  test('resets an interlock that holds again, in the name of who asked', async () => {
    const { view, resets, set } = site();
    expect(await view.services.safety.reset('e-stop-1', 'mia')).toMatchObject({ id: 'e-stop-1' });
    expect(resets).toEqual(['e-stop-1 mia']);
    set([interlock({ met: false })]);
    await expect(view.services.safety.reset('e-stop-1', 'mia')).rejects.toMatchObject({
      code: 'SAFE_RESET_REFUSED',
      message: expect.stringContaining('it is pressed'),
    });
    await expect(view.services.safety.reset('ghost', 'mia')).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  });

  test('is not ready for orders while it starts, and on a full disk', () => {
    const { view, fill, restart } = site();
    expect(view.services.notReady()).toBeUndefined();
    fill('low');
    expect(view.services.notReady()).toBeUndefined();
    fill('critical');
    expect(view.services.notReady()).toBe('the disk is full');
    restart();
    expect(view.services.notReady()).toBe('it takes up the work of before its start');
  });

  test('gives the pages no more than the newest 200 orders', async () => {
    const { view } = site();
    expect(await view.liveSources.orders()).toMatchObject([{ orderId: 'limit-200' }]);
    expect(view.liveSources.faults()).toEqual([]);
  });

  test('joins the figures of its parts', () => {
    const { view } = site();
    expect(
      view
        .threads()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['main', 'safety', 'store']);
    expect(view.threads()).toContainEqual({ name: 'store', delayMsP50: 1, delayMsP99: 2, delayMsMax: 3 });
    expect(view.logFigures()).toEqual({
      appended: 5,
      commits: 4,
      queued: 3,
      commitMsMax: 2,
      diskFreeBytes: 1,
    });
    expect(view.brokerFigures()).toEqual({ clients: 1, received: 2, delivered: 3, dropped: 4 });
  });
});
