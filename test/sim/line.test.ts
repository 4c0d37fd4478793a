import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setFault } from '../../drivers/sim/faults.ts';
import {
  JAM_DETECT_MS,
  PLC_CYCLE_MS,
  PLC_HEARTBEAT_MS_MAX,
  TOTE_LENGTH,
  UNCLAIMED_MS_MAX,
} from '../../drivers/sim/limits.ts';
import { inductIsFree, putOnInduct } from '../../drivers/sim/line/induct.ts';
import { commandRun, lineState } from '../../drivers/sim/line/plc.ts';
import { step } from '../../drivers/sim/step.ts';
import type { World } from '../../drivers/sim/world.ts';
import { samples } from '../support/samples.ts';
import { benchWorld, facts, live, liveUntil } from './bench-world.ts';

const SECOND = 1_000;

function runningLine(speed = 1): World {
  const world = benchWorld({ speed });
  commandRun(world, true);
  live(world, SECOND);
  expect(lineState(world)).toBe('running');
  return world;
}

/** What the appliance writes over OPC UA. */
function ask(world: World, id: string, tote: string, to: string): void {
  const { words } = world.line;
  words.requestId = id;
  words.requestTote = tote;
  words.requestTo = to;
  words.requestStrobe += 1;
}

const requestStatus = (world: World, id: string) => world.line.requests.get(id)?.status;

describe('totes on the line', () => {
  for (const lane of ['packing-1', 'packing-2', 'packing-3']) {
    test(`a tote goes to ${lane} and is lifted off`, () => {
      const world = runningLine();
      putOnInduct(world, 'T1', 'amr-1');
      ask(world, 'r1', 'T1', lane);
      liveUntil(world, () => requestStatus(world, 'r1') === 'ok');
      live(world, PLC_CYCLE_MS);
      expect(world.line.words).toMatchObject({
        acceptedId: 'r1',
        doneId: 'r1',
        doneLane: lane,
        doneStatus: 'ok',
      });
      expect(facts(world, 'tote.arrived')).toMatchObject([{ tote: 'T1', lane }]);
      // At least the way from the induct to the lane, at 0.5 m/s.
      expect(world.simMs).toBeGreaterThan(((5 - TOTE_LENGTH) / 0.5) * SECOND);
      liveUntil(world, () => world.line.totes.length === 0);
      expect(facts(world, 'tote.removed')).toMatchObject([{ tote: 'T1', lane }]);
      expect(facts(world, 'tote.seen').map((fact) => 'eye' in fact && fact.eye)).toEqual([
        'induct',
        'scanner',
        'hold',
        lane,
      ]);
      expect(world.line.scannerCode).toBe('T1');
    });
  }

  test('who asks for the reject lane gets "rejected"', () => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'reject');
    liveUntil(world, () => requestStatus(world, 'r1') === 'rejected');
    expect(world.line.requests.get('r1')?.lane).toBe('reject');
    expect(facts(world, 'tote.rejected')).toHaveLength(1);
  });

  test('totes never overlap, reach the lane that was asked for, and nothing is lost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 40 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (orders) => {
          const world = runningLine(5);
          const lanes = world.line.lanes.map(({ id }) => id);
          orders.forEach(([lane, pauseS], index) => {
            live(world, (pauseS * SECOND) / world.speed, () => expectSpaced(world));
            liveUntil(
              world,
              () => inductIsFree(world.line),
              30,
              () => expectSpaced(world),
            );
            putOnInduct(world, `T${index}`, 'amr-1');
            ask(world, `r${index}`, `T${index}`, lanes[lane] ?? '');
            live(world, PLC_CYCLE_MS);
          });
          liveUntil(
            world,
            () => world.line.totes.length === 0,
            30,
            () => expectSpaced(world),
          );
          const arrived = world.facts.flatMap((fact) =>
            fact.kind === 'tote.arrived' || fact.kind === 'tote.rejected' ? [[fact.tote, fact.lane]] : [],
          );
          expect(Object.fromEntries(arrived)).toEqual(
            Object.fromEntries(orders.map(([lane], index) => [`T${index}`, lanes[lane]])),
          );
          expect(arrived).toHaveLength(orders.length);
        },
      ),
      samples(25),
    );
  });
});

function expectSpaced(world: World): void {
  const groups = Map.groupBy(world.line.totes, ({ lane }) => lane ?? 'main');
  for (const totes of groups.values()) {
    const at = totes.map((tote) => tote.at).toSorted((a, b) => a - b);
    at.slice(1).forEach((position, index) => {
      const before = at[index] ?? Number.NEGATIVE_INFINITY;
      if (position - before < TOTE_LENGTH - 1e-9) expect.fail(`totes overlap: ${at.join(', ')}`);
    });
  }
}

describe('requests', () => {
  test('the same id moves nothing twice and gets the same answer again', () => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-1');
    liveUntil(world, () => world.line.words.doneId === 'r1');
    world.line.words.doneId = '';
    ask(world, 'r1', 'T1', 'packing-1');
    liveUntil(world, () => world.line.words.doneId === 'r1');
    expect(facts(world, 'request.accepted')).toHaveLength(1);
    expect(facts(world, 'request.repeated')).toMatchObject([{ request: 'r1', status: 'ok' }]);
    expect(facts(world, 'tote.arrived')).toHaveLength(1);
  });

  test.each([
    ['a tote that is not there', 'T9', 'packing-1', 'absent'],
    ['a lane that is not there', 'T1', 'packing-9', 'rejected'],
  ])('%s ends at once', (_, tote, to, status) => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', tote, to);
    live(world, 2 * PLC_CYCLE_MS);
    expect(world.line.words).toMatchObject({ doneId: 'r1', doneStatus: status, doneLane: '' });
  });

  test('a newer request for a tote ends the older one', () => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-3');
    live(world, SECOND);
    ask(world, 'r2', 'T1', 'reject');
    liveUntil(world, () => requestStatus(world, 'r2') === 'rejected');
    expect(requestStatus(world, 'r1')).toBe('rejected');
    expect(facts(world, 'tote.arrived')).toEqual([]);
    expect(facts(world, 'tote.rejected')).toHaveLength(1);
  });

  test('two that end together are both shown, one after the other', () => {
    const world = runningLine();
    ask(world, 'r1', 'T1', 'packing-1');
    live(world, PLC_CYCLE_MS);
    ask(world, 'r2', 'T2', 'packing-1');
    const shown: string[] = [];
    live(world, SECOND, () => {
      if (shown.at(-1) !== world.line.words.doneId) shown.push(world.line.words.doneId);
    });
    expect(shown.filter((id) => id !== '')).toEqual(['r1', 'r2']);
  });

  test('a query tells what became of a request, and "none" of one that never came', () => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-1');
    const query = (id: string) => {
      Object.assign(world.line.words, { queryId: id, queryPending: true });
      live(world, PLC_CYCLE_MS);
      return world.line.words.queryStatus;
    };
    expect(query('r1')).toBe('running');
    expect(query('r0')).toBe('none');
    liveUntil(world, () => requestStatus(world, 'r1') === 'ok');
    expect(query('r1')).toBe('ok');
    expect(world.line.words).toMatchObject({ queryAnswerId: 'r1', queryLane: 'packing-1' });
  });

  test('a tote nobody asks for stays, until it keeps others waiting for too long', () => {
    const world = runningLine();
    putOnInduct(world, 'orphan', 'amr-1');
    live(world, 10 * SECOND);
    putOnInduct(world, 'T1', 'amr-1');
    live(world, UNCLAIMED_MS_MAX);
    expect(world.line.totes.map(({ id }) => id)).toContain('orphan');
    ask(world, 'r1', 'T1', 'packing-1');
    liveUntil(world, () => requestStatus(world, 'r1') === 'ok');
    liveUntil(world, () => facts(world, 'tote.rejected').length > 0);
    expect(facts(world, 'tote.rejected')).toMatchObject([{ tote: 'orphan' }]);
  });
});

describe('what stops the line', () => {
  test('the e-stop does within one PLC cycle, and its release starts nothing', () => {
    const world = runningLine();
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-1');
    live(world, 2 * SECOND);
    const at = world.line.totes[0]?.at;
    setFault(world, 'e-stop', true, null);
    step(world, PLC_CYCLE_MS);
    expect(world.drives.every((drive) => !drive.turning && drive.actualSpeed === 0)).toBe(true);
    expect(world.line.totes[0]?.at).toBe(at);
    expect(lineState(world)).toBe('e-stop');
    commandRun(world, true);
    live(world, SECOND);
    setFault(world, 'e-stop', false, null);
    live(world, 5 * SECOND);
    expect(world.line.totes[0]?.at).toBe(at);
    commandRun(world, true);
    liveUntil(world, () => requestStatus(world, 'r1') === 'ok');
  });

  test('a heartbeat that stops changing does after one second of wall time, at any speed', () => {
    for (const speed of [1, 60]) {
      const world = runningLine(speed);
      for (let ms = 0; ms < PLC_HEARTBEAT_MS_MAX; ms += PLC_CYCLE_MS) {
        expect(world.line.running).toBe(true);
        step(world, PLC_CYCLE_MS);
      }
      step(world, PLC_CYCLE_MS);
      expect(lineState(world)).toBe('no-heartbeat');
      expect(facts(world, 'line.stopped')).toMatchObject([{ reason: 'heartbeat' }]);
      live(world, 5 * SECOND);
      expect(world.line.running).toBe(false);
    }
  });

  test('a drive that hears nothing on its bus does, and a start by wire clears it', () => {
    const world = runningLine();
    const sorter = world.drives.find(({ section }) => section === 'sorter');
    if (sorter === undefined) throw new Error('no sorter');
    sorter.heardAtMs = world.nowMs;
    live(world, sorter.watchdogMs + PLC_CYCLE_MS);
    expect(sorter).toMatchObject({ turning: false, commsLost: true });
    expect(facts(world, 'drive.stopped')).toMatchObject([{ drive: 'sorter', reason: 'comms-lost' }]);
    expect(world.line.running).toBe(false);
    commandRun(world, true);
    live(world, PLC_CYCLE_MS);
    expect(world.line.running).toBe(true);
  });

  test('a jam does, its request ends as jam, and clearing it lets the tote go on', () => {
    const world = runningLine();
    setFault(world, 'jam', true, null);
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-1');
    liveUntil(world, () => requestStatus(world, 'r1') === 'jam');
    live(world, JAM_DETECT_MS);
    expect(lineState(world)).toBe('jam');
    expect(world.drives.some((drive) => drive.turning)).toBe(false);
    setFault(world, 'jam', false, null);
    ask(world, 'r2', 'T1', 'packing-1');
    liveUntil(world, () => requestStatus(world, 'r2') === 'ok');
    expect(facts(world, 'tote.jammed')).toHaveLength(1);
  });

  test.each(['infeed', 'lanes'])('a jam in the %s is noticed too', (section) => {
    const world = runningLine();
    setFault(world, 'jam', true, section);
    putOnInduct(world, 'T1', 'amr-1');
    ask(world, 'r1', 'T1', 'packing-2');
    liveUntil(world, () => requestStatus(world, 'r1') === 'jam');
  });
});
