import { describe, expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import {
  admits,
  type BreakerEvent,
  type BreakerState,
  closedBreaker,
  nextBreaker,
} from '../../local-orchestrator/activities/breaker.ts';
import { breakerTables } from '../../local-orchestrator/activities/breaker-tables.ts';
import { ATTEMPT_LATE, createBreakers, type Reach } from '../../local-orchestrator/activities/breakers.ts';
import type { WorkResult } from '../../local-orchestrator/decide/events.ts';
import { createSteadyClock } from '../../local-orchestrator/engine/steady-clock.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { temporaryFolder } from './site.ts';
import { openSmallStore } from './small-store.ts';

const policy = { failures: 2, openMs: 1_000, probes: 2 };
const open: BreakerState = { is: 'open', faults: 2, untilMs: 1_000 };
const trying = (change: Partial<Extract<BreakerState, { is: 'half-open' }>> = {}): BreakerState => ({
  is: 'half-open',
  faults: 2,
  successes: 0,
  probing: true,
  untilMs: 1_000,
  ...change,
});

test.each<[string, BreakerState, BreakerEvent, BreakerState]>([
  ['one fault is not enough', closedBreaker, { type: 'faulted', nowMs: 0 }, { is: 'closed', faults: 1 }],
  ['faults in a row open it', { is: 'closed', faults: 1 }, { type: 'faulted', nowMs: 0 }, open],
  ['a success between them counts', { is: 'closed', faults: 1 }, { type: 'succeeded' }, closedBreaker],
  [
    'what tells nothing changes nothing',
    { is: 'closed', faults: 1 },
    { type: 'said-nothing' },
    { is: 'closed', faults: 1 },
  ],
  ['while open nobody gets through', open, { type: 'asked', nowMs: 999 }, open],
  ['late results change nothing while open', open, { type: 'succeeded' }, open],
  ['late faults change nothing while open', open, { type: 'faulted', nowMs: 500 }, open],
  ['after a while one may try again', open, { type: 'asked', nowMs: 1_000 }, trying()],
  ['no second one meanwhile', trying(), { type: 'asked', nowMs: 1_000 }, trying()],
  ['one success of two', trying(), { type: 'succeeded' }, trying({ successes: 1, probing: false })],
  [
    'the next one may try',
    trying({ successes: 1, probing: false }),
    { type: 'asked', nowMs: 1_001 },
    trying({ successes: 1 }),
  ],
  ['enough successes close it', trying({ successes: 1 }), { type: 'succeeded' }, closedBreaker],
  [
    'a fault opens it anew',
    trying({ successes: 1 }),
    { type: 'faulted', nowMs: 2_000 },
    { is: 'open', faults: 3, untilMs: 3_000 },
  ],
  [
    'an attempt that was given up makes room for another',
    trying(),
    { type: 'said-nothing' },
    trying({ probing: false }),
  ],
  ['a person closes it', open, { type: 'reset' }, closedBreaker],
])('a breaker: %s', (_what, before, event, after) => {
  expect(nextBreaker(before, event, policy)).toEqual(after);
});

test('lets through while closed, and one at a time while it tries', () => {
  expect([closedBreaker, open, trying(), trying({ probing: false })].map((one) => admits(one, 999))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

const robot: Reach = { kind: 'device', name: 'amr-1' };
const fails: WorkResult = { outcome: 'failed', code: 'MOTOR', reason: 'motor fault', retryable: true };
const works: WorkResult = { outcome: 'succeeded', output: null };

async function openDesk(dir: string = temporaryFolder(), clock: FakeClock = createFakeClock()) {
  const store = await openSmallStore([breakerTables], dir);
  const steady = createSteadyClock(clock);
  const breakers = createBreakers({ store, clock: steady, log: silentLog, site: 'test', policy });
  await breakers.open();
  const send = (result: WorkResult, reach = robot) =>
    breakers.around(reach, new AbortController().signal, async () => result);
  const events = async () =>
    (await store.readLog(offset(0), { countMax: 99 })).map(
      ({ event }) => (event.data as { state: string }).state,
    );
  return { store, clock, breakers, send, events, dir };
}

describe('circuit breakers of a site', () => {
  test('open after faults in a row, let one try again, and close; each change is told', async () => {
    const { breakers, send, clock, events } = await openDesk();
    await send(fails);
    await send(fails);
    const refused = await send(works);
    expect(refused).toMatchObject({ outcome: 'refused', code: 'CIRCUIT_OPEN' });
    expect(breakers.list()).toMatchObject([{ id: 'device:amr-1', state: 'open', reason: 'motor fault' }]);
    expect(await send(works, { kind: 'device', name: 'amr-2' })).toEqual(works);

    await clock.pass(1_000);
    let ends: (result: WorkResult) => void = () => {};
    const first = breakers.around(
      robot,
      new AbortController().signal,
      () => new Promise((resolve) => (ends = resolve)),
    );
    expect(await send(works)).toMatchObject({ outcome: 'refused', code: 'CIRCUIT_OPEN' });
    ends(works);
    expect(await first).toEqual(works);
    expect(await send(works)).toEqual(works);
    expect(breakers.list()[0]).toMatchObject({ state: 'closed', faults: 0, retryAt: null });
    await expect.poll(events).toEqual(['open', 'half-open', 'closed']);
  });

  test('what the gate or a person says is no fault of the device', async () => {
    const { breakers, send } = await openDesk();
    const refusal = { outcome: 'refused', reason: 'gate 2 is open' } as const;
    const expired = { outcome: 'failed', code: 'EXPIRED', reason: 'late', retryable: true } as const;
    for (const result of [refusal, expired, refusal, expired]) await send(result);
    expect(breakers.list()[0]).toMatchObject({ state: 'closed', faults: 0 });
  });

  test('an endpoint that says no is well; one that does not answer is not', async () => {
    const { breakers, send } = await openDesk();
    const wms: Reach = { kind: 'endpoint', name: 'wms' };
    const no = {
      outcome: 'failed',
      code: 'NO_SUCH_ORDER',
      reason: 'unknown order',
      retryable: false,
    } as const;
    for (let count = 0; count < 4; count += 1) await send(no, wms);
    expect(breakers.list()[0]).toMatchObject({ state: 'closed' });
    const hang = async (reason: string | undefined) => {
      const controller = new AbortController();
      void breakers.around(wms, controller.signal, () => new Promise(() => {}));
      controller.abort(reason);
    };
    await hang(undefined);
    await hang(undefined);
    expect(breakers.list()[0]).toMatchObject({ state: 'closed' });
    await hang(ATTEMPT_LATE);
    await hang(ATTEMPT_LATE);
    expect(breakers.list()[0]).toMatchObject({ state: 'open', reason: 'no answer in time' });
  });

  test('what began before it opened no longer counts when it ends', async () => {
    const { breakers, send, clock } = await openDesk();
    let ends: (result: WorkResult) => void = () => {};
    const slow = breakers.around(
      robot,
      new AbortController().signal,
      () => new Promise((resolve) => (ends = resolve)),
    );
    await send(fails);
    await send(fails);
    await clock.pass(1_000);
    await send(works);
    ends(works);
    await slow;
    expect(breakers.list()[0]).toMatchObject({ state: 'half-open' });
  });

  test('stay open over a restart, and a person closes them', async () => {
    const clock = createFakeClock();
    const first = await openDesk(undefined, clock);
    await first.send(fails);
    await first.send(fails);
    await expect.poll(first.events).toEqual(['open']);
    await first.store.close();
    const second = await openDesk(first.dir, clock);
    expect(await second.send(works)).toMatchObject({ outcome: 'refused' });
    expect(await second.breakers.reset('device:amr-1', 'ann')).toMatchObject({ state: 'closed' });
    expect(await second.send(works)).toEqual(works);
    expect(await second.events()).toEqual(['open', 'closed']);
    await expect(second.breakers.reset('device:nobody', 'ann')).rejects.toMatchObject({
      code: 'SAGA_BREAKER_NOT_FOUND',
    });
  });

  test('open no longer than they should when the wall clock is set back while the process is down', async () => {
    const clock = createFakeClock();
    const first = await openDesk(undefined, clock);
    await first.send(fails);
    await first.send(fails);
    await expect.poll(first.events).toEqual(['open']);
    await first.store.close();
    clock.jumpWall(-30 * 86_400_000);
    const second = await openDesk(first.dir, clock);
    expect(await second.send(works)).toMatchObject({ outcome: 'refused' });
    await clock.pass(1_000);
    expect(await second.send(works)).toEqual(works);
  });
});
