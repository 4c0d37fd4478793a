import { describe, expect, test } from 'vitest';
import type { GateLatch } from '../../safety/index.ts';
import { createGateRig, createMetRig, eStop, type GateRig } from '../support/gate-rig.ts';

const row = (rig: GateRig, id: string) => rig.gate.interlocks().find((entry) => entry.id === id);

/** The next process: everything is reached again, and nothing is known of the robots yet. */
function restart(latch: GateLatch): GateRig {
  const rig = createGateRig({ latch });
  for (const device of ['plc', 'amr-1', 'amr-2', 'lamps']) rig.heard(device);
  rig.sample('plc/e-stop-ok', true);
  return rig;
}

async function tripAndRelease(rig: GateRig): Promise<void> {
  rig.sample('plc/e-stop-ok', false);
  await rig.pass(100);
  rig.sample('plc/e-stop-ok', true);
  await rig.pass(100);
}

describe('an interlock that tripped before the start', () => {
  test.each([
    'e-stop-1',
    'watchdog.main',
  ])('%s holds what it protects while it waits for its reset', async (id) => {
    const rig = restart({ interlocks: [id], standing: [] });
    await rig.pass(200);
    expect(row(rig, id)).toMatchObject({ met: false, needsReset: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop']);
    // By a goal of before, or by somebody at the robot or the panel.
    await rig.pass(1_000);
    rig.robot('amr-1', 'driving');
    rig.sample('plc/run', true);
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'pause']);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'stop']);
  });

  test('holds it before the first value has come, and as soon as a robot is reached', async () => {
    const rig = createGateRig({ latch: { interlocks: ['e-stop-1'], standing: [] } });
    rig.respond = ({ target }) =>
      rig.links.has(target)
        ? { state: 'verified', data: {} }
        : { state: 'failed', code: 'X', reason: 'no link', retryable: true };
    await rig.pass(1_000);
    const told = rig.actionsAt('amr-1').length;
    rig.heard('amr-1');
    expect(rig.actionsAt('amr-1').slice(told)).toEqual(['pause']);
    await rig.pass(20);
    const outcomes = rig.safety.flatMap(({ kind, subject, data }) =>
      kind === 'safe-state' && subject === 'amr-1' ? [data.outcome] : [],
    );
    expect(outcomes).toEqual(['failed', 'verified']);
    expect(row(rig, 'e-stop-1')).toMatchObject({ met: false, needsReset: false });
  });

  test('is not one when the site file has made it automatic, and one that is reset holds nothing', async () => {
    const latch = { interlocks: ['e-stop-1'], standing: [] };
    const automatic = createMetRig({ interlocks: [{ ...eStop, reset: 'automatic' }], latch });
    await automatic.pass(200);
    expect(automatic.calls).toEqual([]);
    const manual = restart(latch);
    await manual.pass(200);
    expect(manual.gate.reset('e-stop-1', 'olga')).toEqual({ allowed: true });
    expect(await manual.gate.submit(manual.command({ target: 'amr-2' }))).toMatchObject({
      state: 'verified',
    });
  });
});

describe('a robot that a person has paused', () => {
  test('and that then was out of reach stays paused by a reset', async () => {
    const rig = createMetRig();
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    rig.robot('amr-1', 'lost', { pausedBy: 'command' });
    await tripAndRelease(rig);
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    expect(rig.gate.reset('e-stop-1', 'olga')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(row(rig, 'paused.amr-1')).toMatchObject({ needsReset: true });
  });

  test('and that then was out of reach stays paused by a restart', async () => {
    const before = createMetRig();
    before.robot('amr-1', 'paused', { pausedBy: 'command' });
    before.robot('amr-1', 'lost', { pausedBy: 'command' });
    await before.gate.shutdown('update', 1_000);
    const rig = restart(before.gate.latch());
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    await rig.pass(1_000);
    expect(rig.actionsAt('amr-1')).toEqual([]);
  });

  test('by a command while an interlock held it stays paused by the reset', async () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(100);
    const call = { capability: 'MobileRobot', action: 'pause', args: {} } as const;
    await rig.gate.submit(rig.command({ call, requestedBy: { kind: 'person', id: 'paul' } }));
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    rig.sample('plc/e-stop-ok', true);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'pause']);
    expect(rig.gate.reset('paused.amr-1', 'paul')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'pause', 'resume']);
  });

  test('at the robot, while an interlock held it, goes on from there only', async () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(100);
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    rig.robot('amr-1', 'paused', { pausedBy: 'local' });
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(500);
    rig.gate.reset('e-stop-1', 'olga');
    await rig.pass(20);
    expect(row(rig, 'e-stop-1')).toMatchObject({ met: true, needsReset: false });
    expect(row(rig, 'paused.amr-1')?.text).toBe('amr-1 is paused (by somebody at the robot)');
    expect(rig.gate.reset('paused.amr-1', 'olga')).toEqual({
      allowed: false,
      reason: 'amr-1 was paused at the robot, and goes on from there',
    });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
  });

  test('at the robot, while it waited for the start to bring it back, stays paused', async () => {
    const before = createMetRig();
    await before.gate.shutdown('update', 1_000);
    const rig = restart(before.gate.latch());
    // Reached, but who paused it last has not been heard yet.
    await rig.pass(500);
    expect(rig.actionsAt('amr-1')).toEqual([]);
    rig.robot('amr-1', 'paused', { pausedBy: 'local' });
    rig.robot('amr-2', 'paused', { pausedBy: 'command' });
    await rig.pass(500);
    expect(rig.actionsAt('amr-1')).toEqual([]);
    expect(rig.actionsAt('amr-2')).toEqual(['resume']);
  });
});

describe('a robot that went on until it was out of reach', () => {
  const lostThen = (end: (rig: GateRig) => Promise<unknown>) => async () => {
    const rig = createMetRig();
    rig.robot('amr-1', 'lost', { moving: true });
    await end(rig);
    return rig;
  };

  test('is brought back by the reset of what tripped meanwhile', async () => {
    const rig = await lostThen(tripAndRelease)();
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1').at(-1)).toBe('resume');
  });

  test('waits for a person after a restart, in order or not', async () => {
    const ends = [(rig: GateRig) => rig.gate.shutdown('update', 1_000), async () => {}];
    for (const end of ends) {
      const before = await lostThen(end)();
      const rig = restart(before.gate.latch());
      rig.robot('amr-1', 'paused', { pausedBy: 'heartbeat' });
      await rig.pass(1_000);
      expect(rig.actionsAt('amr-1')).toEqual([]);
      expect(row(rig, 'paused.amr-1')).toMatchObject({ needsReset: true });
    }
  });
});

describe('a robot that is found paused for want of heartbeats after a start', () => {
  const found = async (latch: GateLatch) => {
    const rig = restart(latch);
    rig.robot('amr-1', 'paused', { pausedBy: 'heartbeat' });
    await rig.pass(1_000);
    return rig.actionsAt('amr-1');
  };

  test('goes on when it was going before', async () => {
    expect(await found(createMetRig().gate.latch())).toEqual(['resume']);
  });

  test('waits for a person when it waited for one before, whatever ended the appliance', async () => {
    const before = createMetRig();
    await before.pass(60_000);
    before.robot('amr-1', 'paused', { pausedBy: 'heartbeat' });
    expect(row(before, 'paused.amr-1')).toMatchObject({ needsReset: true });
    expect(await found(before.gate.latch())).toEqual([]);
    await before.gate.shutdown('update', 1_000);
    expect(await found(before.gate.latch())).toEqual([]);
  });

  test('waits for a person when no latch says what it did', async () => {
    expect(await found({ interlocks: [], standing: [] })).toEqual([]);
  });

  test('is remembered as going by a process that ended before it had seen it, not by one that ran long without', async () => {
    const brief = restart(createMetRig().gate.latch());
    await brief.pass(1_000);
    expect(await found(brief.gate.latch())).toEqual(['resume']);
    const long = restart(createMetRig().gate.latch());
    await long.pass(40_000);
    expect(await found(long.latches.at(-1) ?? long.gate.latch())).toEqual([]);
  });
});

describe('what stands, and no interlock asks for it', () => {
  test('asks by a row of its own when the site file no longer has what stopped it', async () => {
    const before = createMetRig({ interlocks: [{ ...eStop, id: 'e-stop-old' }] });
    before.sample('plc/run', true);
    before.sample('plc/e-stop-ok', false);
    await before.pass(200);
    const rig = restart(before.gate.latch());
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    await rig.pass(2_000);
    expect(rig.calls).toEqual([]);
    for (const id of ['amr-1', 'conveyor-1']) {
      expect(row(rig, `paused.${id}`)).toMatchObject({ needsReset: true, protects: [id] });
      expect(rig.gate.reset(`paused.${id}`, 'olga')).toEqual({ allowed: true });
    }
    await rig.pass(20);
    expect(rig.actionsAt('amr-1')).toEqual(['resume']);
    expect(rig.actionsAt('conveyor-1')).toEqual(['run']);
    expect(row(rig, 'paused.conveyor-1')).toBeUndefined();
  });

  test('asks nobody while the start brings it back, and a person when the start has given up', async () => {
    const before = createMetRig();
    await before.gate.shutdown('update', 1_000);
    const rig = restart(before.gate.latch());
    rig.respond = () => ({ state: 'failed', code: 'X', reason: 'no', retryable: true });
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    await rig.pass(1_000);
    expect(row(rig, 'paused.amr-1')).toBeUndefined();
    await rig.pass(90_000);
    expect(row(rig, 'paused.amr-1')).toMatchObject({ needsReset: true });
  });
});
