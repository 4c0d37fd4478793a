import { describe, expect, test } from 'vitest';
import { createGateRig, createMetRig, eStop, VERIFIED } from '../support/gate-rig.ts';

const interlock = (rig: ReturnType<typeof createGateRig>, id = 'e-stop-1') =>
  rig.gate.interlocks().find((entry) => entry.id === id);

describe('when an interlock trips', () => {
  test('safe states are written at once, what runs ends unknown, nothing starts', async () => {
    const rig = createMetRig();
    rig.respond = ({ call }) => (call.action === 'goTo' ? undefined : VERIFIED);
    const running = rig.gate.submit(rig.command());
    rig.sample('plc/e-stop-ok', false);
    // In the same turn, before any promise has settled.
    expect(rig.calls.map(({ call }) => `${call.target} ${call.call.action}`)).toEqual([
      'amr-1 goTo',
      'amr-1 pause',
      'amr-2 pause',
      'conveyor-1 stop',
    ]);
    expect(await running).toEqual({ state: 'unknown', reason: 'interrupted: e-stop 1 is pressed' });
    expect(await rig.gate.submit(rig.command({ target: 'amr-2' }))).toMatchObject({
      state: 'refused',
      code: 'SAFE_INTERLOCKED',
    });
    await rig.pass(20);
    expect(rig.safety.find(({ kind }) => kind === 'interlock-tripped')?.data).toEqual({
      interlock: 'e-stop-1',
      reason: 'e-stop 1 is pressed',
      protects: ['amr-1', 'amr-2', 'conveyor-1'],
      reactionMs: 0,
    });
    expect(rig.safety.filter(({ kind }) => kind === 'safe-state')).toHaveLength(3);
  });

  test('an e-stop pressed and let go within one batch still trips', async () => {
    const rig = createMetRig();
    const sample = { path: 'plc/e-stop-ok', quality: { level: 'good' }, sourceTimeMs: 0 } as const;
    rig.gate.samples([
      { ...sample, value: false },
      { ...sample, value: true },
    ]);
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(interlock(rig)).toMatchObject({ met: false, needsReset: true });
  });

  test.each([
    [
      'bad',
      (rig: ReturnType<typeof createGateRig>) =>
        rig.sample('plc/e-stop-ok', true, { level: 'bad', reason: 'x' }),
    ],
    [
      'uncertain',
      (rig: ReturnType<typeof createGateRig>) =>
        rig.sample('plc/e-stop-ok', true, { level: 'uncertain', reason: 'x' }),
    ],
    [
      'over a lost link',
      (rig: ReturnType<typeof createGateRig>) =>
        rig.gate.link('plc', { state: 'down', reason: 'cable', sinceMs: 0, retryAtMs: 0 }),
    ],
  ])('a value that is %s trips it like a pressed button', (_name, lose) => {
    const rig = createMetRig();
    lose(rig);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop']);
  });

  test('a value that nobody renews trips it after its time, whatever the wall clock does', async () => {
    const rig = createMetRig();
    rig.clock.jumpWall(-3_600_000);
    await rig.pass(900, ['plc']);
    expect(interlock(rig)?.met).toBe(true);
    await rig.pass(200, ['plc']);
    expect(interlock(rig)).toMatchObject({
      met: false,
      reason: 'plc/e-stop-ok cannot be trusted: nothing heard for more than 1000 ms',
    });
  });

  test('a contact that chatters trips once until a person has let go', async () => {
    const rig = createMetRig();
    for (let n = 0; n < 50; n += 1) {
      rig.sample('plc/e-stop-ok', n % 2 === 1);
      await rig.pass(5);
    }
    expect(rig.safety.filter(({ kind }) => kind === 'interlock-tripped')).toHaveLength(1);
    expect(await rig.gate.submit(rig.command())).toMatchObject({ state: 'refused' });
    rig.gate.reset('e-stop-1', 'olga');
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(20);
    expect(rig.safety.filter(({ kind }) => kind === 'interlock-tripped')).toHaveLength(2);
  });

  test('other tags and robots change nothing', () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', true);
    rig.sample('plc/other', false);
    rig.robot('amr-1', 'idle');
    expect(rig.calls).toEqual([]);
    expect(interlock(rig)).toMatchObject({ met: true, needsReset: false, reason: null });
  });
});

describe('safe states', () => {
  test('are told again, spaced, until they are verified, and recorded once per outcome', async () => {
    const rig = createMetRig();
    let reachable = false;
    rig.respond = () =>
      reachable ? VERIFIED : { state: 'failed', code: 'X', reason: 'no link', retryable: true };
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(3_000);
    const told = rig.actionsAt('amr-1').length;
    expect(told).toBeGreaterThan(3);
    expect(told).toBeLessThan(8);
    reachable = true;
    await rig.pass(3_000);
    const verified = rig.actionsAt('amr-1').length;
    await rig.pass(5_000);
    expect(rig.actionsAt('amr-1')).toHaveLength(verified);
    const outcomes = rig.safety.flatMap(({ kind, subject, data }) =>
      kind === 'safe-state' && subject === 'amr-1' ? [data.outcome] : [],
    );
    expect(outcomes).toEqual(['failed', 'verified']);
  });

  test('a target that moves although it is held is told again', async () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(1_000);
    rig.robot('amr-1', 'driving');
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'pause']);
    rig.robot('amr-1', 'driving');
    expect(rig.actionsAt('amr-1')).toHaveLength(2);
    rig.sample('plc/run', true);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'stop']);
  });

  test('a device that comes back is told again', async () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(1_000);
    rig.links.set('amr-1', { state: 'down', reason: 'gone', sinceMs: 0, retryAtMs: 0 });
    await rig.pass(20);
    rig.heard('amr-1');
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'pause']);
  });

  test('a device that never answers is told within bounds, one call at a time', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(10_000);
    expect(rig.actionsAt('amr-1').length).toBeLessThan(8);
    expect(rig.safety.find(({ kind }) => kind === 'interlock-tripped')?.data).toMatchObject({
      reactionMs: 1_000,
    });
  });
});

describe('setting in motion again', () => {
  const trip = async (rig: ReturnType<typeof createGateRig>) => {
    rig.sample('plc/e-stop-ok', false);
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    rig.robot('amr-2', 'paused', { pausedBy: 'command' });
    await rig.pass(100);
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(1_000);
  };

  test('takes a person: nothing moves when the condition holds again', async () => {
    const rig = createMetRig();
    await trip(rig);
    expect(interlock(rig)).toMatchObject({ met: false, needsReset: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(await rig.gate.submit(rig.command())).toMatchObject({ state: 'refused' });
  });

  test('a reset resumes the robots and restarts the conveyor that ran', async () => {
    const rig = createMetRig();
    rig.sample('plc/run', true);
    await trip(rig);
    expect(rig.gate.reset('e-stop-1', 'olga')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'resume']);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'run']);
    await rig.pass(20);
    const resumed = rig.changes.find(({ command }) => command.call.action === 'resume');
    expect(resumed?.command).toMatchObject({ requestedBy: { kind: 'person', id: 'olga' } });
  });

  test('a conveyor that stood, and one that shall not, stay where they are', async () => {
    const stood = createMetRig();
    await trip(stood);
    stood.gate.reset('e-stop-1', 'olga');
    expect(stood.actionsAt('conveyor-1')).toEqual(['stop']);

    const never = createMetRig({ safeStates: [{ target: '*', action: 'stop', restart: 'never' }] });
    never.sample('plc/run', true);
    await trip(never);
    never.gate.reset('e-stop-1', 'olga');
    expect(never.actionsAt('conveyor-1')).toEqual(['stop']);
  });

  test('a robot that a person had paused before stays paused', async () => {
    const rig = createMetRig();
    rig.robot('amr-2', 'paused', { pausedBy: 'local' });
    await trip(rig);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-2')).toEqual(['pause']);
  });

  test('a reset while the condition does not hold does nothing', async () => {
    const rig = createMetRig();
    rig.sample('plc/e-stop-ok', false);
    expect(rig.gate.reset('e-stop-1', 'olga')).toEqual({ allowed: false, reason: 'e-stop 1 is pressed' });
    expect(rig.gate.reset('e-stop-9', 'olga')).toMatchObject({ allowed: false });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
  });

  test('of two interlocks the last one decides', async () => {
    const zone = { ...eStop, id: 'zone-1', tag: 'plc/zone-clear', text: 'somebody is in zone 1' };
    const rig = createMetRig({ interlocks: [eStop, zone] });
    rig.sample('plc/zone-clear', true);
    rig.sample('plc/e-stop-ok', false);
    rig.sample('plc/zone-clear', false);
    await rig.pass(100);
    rig.sample('plc/e-stop-ok', true);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1')).not.toContain('resume');
    rig.sample('plc/zone-clear', true);
    rig.gate.reset('zone-1', 'olga');
    expect(rig.actionsAt('amr-1')).toContain('resume');
  });

  test('an automatic interlock clears by itself, but what it paused waits for a person', async () => {
    const rig = createMetRig({ interlocks: [{ ...eStop, reset: 'automatic' }] });
    await trip(rig);
    expect(interlock(rig)).toEqual({
      id: 'e-stop-1',
      text: 'e-stop 1 is pressed',
      met: true,
      needsReset: true,
      reason: 'amr-1, amr-2 wait to be restarted',
      protects: ['amr-*', 'conveyor-1'],
    });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'resume']);
    rig.robot('amr-1', 'idle');
    rig.robot('amr-2', 'idle');
    await rig.pass(20);
    expect(interlock(rig)).toMatchObject({ needsReset: false });
  });

  test('a resume passes beside the call that the pause interrupted', async () => {
    const rig = createMetRig();
    rig.respond = ({ call }) => (call.action === 'goTo' ? undefined : VERIFIED);
    const command = rig.command();
    void rig.gate.submit(command);
    await trip(rig);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1')).toEqual(['goTo', 'pause', 'resume']);
    rig.calls[0]?.answer({ state: 'verified', data: { place: 'rack-1' } });
    await rig.pass(20);
    expect(await rig.gate.reconcile(command)).toEqual({ outcome: 'done', data: { place: 'rack-1' } });
  });
});

describe('the main thread and the end of the process', () => {
  test('a silent main thread is an interlock that a person resets', async () => {
    const rig = createMetRig();
    rig.gate.main({ alive: false, silentMs: 2_100 });
    rig.gate.main({ alive: false, silentMs: 2_120 });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(rig.safety.filter(({ kind }) => kind === 'watchdog-expired')).toHaveLength(1);
    expect(await rig.gate.submit(rig.command())).toMatchObject({ interlocks: ['watchdog.main'] });
    rig.gate.main({ alive: true });
    expect(interlock(rig, 'watchdog.main')).toMatchObject({ needsReset: true });
    expect(rig.gate.reset('watchdog.main', 'olga')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'resume']);
    expect(interlock(rig, 'watchdog.main')).toBeUndefined();
  });

  test('a shutdown holds everything until it is verified, and admits nothing more', async () => {
    const rig = createMetRig();
    let slow = true;
    rig.respond = ({ target }) =>
      slow && target === 'amr-1' ? { state: 'unknown', reason: 'no answer' } : VERIFIED;
    const stopped = rig.gate.shutdown('bye', 5_000);
    expect(await rig.gate.submit(rig.command())).toMatchObject({ code: 'SAFE_CLOSED' });
    slow = false;
    await rig.pass(500);
    expect(await stopped).toBe(true);
    expect(rig.gate.latch()).toMatchObject({
      interlocks: [],
      standing: [
        { target: 'amr-1', atStart: true },
        { target: 'amr-2', atStart: true },
      ],
    });
  });

  test('a shutdown does not wait for ever', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    const stopped = rig.gate.shutdown('bye', 3_000);
    await rig.pass(3_100);
    expect(await stopped).toBe(false);
  });

  test('what an orderly end paused goes on after the next start, once every interlock is met', async () => {
    const before = createMetRig();
    await before.gate.shutdown('bye', 1_000);
    const rig = createGateRig({ latch: before.gate.latch() });
    rig.heard('amr-1');
    await rig.pass(1_000);
    expect(rig.calls).toEqual([]);
    rig.heard('plc');
    rig.sample('plc/e-stop-ok', true);
    rig.robot('amr-1', 'paused', { pausedBy: 'command' });
    await rig.pass(100);
    expect(rig.actionsAt('amr-1')).toEqual(['resume']);
    expect(rig.actionsAt('amr-2')).toEqual([]);
  });

  test('a trip outlives the process', async () => {
    const before = createMetRig();
    before.sample('plc/e-stop-ok', false);
    await before.gate.shutdown('bye', 1_000);
    const latch = before.latches.at(-1);
    expect(latch).toMatchObject({ interlocks: ['e-stop-1'] });
    const rig = createMetRig({ ...(latch === undefined ? {} : { latch }) });
    await rig.pass(200);
    expect(interlock(rig)).toMatchObject({ met: false, needsReset: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'resume']);
  });

  test('nothing moves before the main thread is up', async () => {
    const before = createMetRig();
    await before.gate.shutdown('bye', 1_000);
    const rig = createMetRig({ mainUp: false, latch: before.gate.latch() });
    await rig.pass(20_000);
    expect(rig.calls).toEqual([]);
    expect(await rig.gate.submit(rig.command())).toMatchObject({
      state: 'refused',
      interlocks: ['watchdog.main'],
      reason: 'amr-1 must not move: the main thread is still starting',
    });
    expect(rig.gate.reset('watchdog.main', 'olga')).toMatchObject({ allowed: false });
    rig.gate.main({ alive: true });
    await rig.pass(100);
    expect(rig.actionsAt('amr-1')).toEqual(['resume']);
  });

  test('a hang of the main thread outlives the process', async () => {
    const before = createMetRig();
    before.gate.main({ alive: false, silentMs: 2_100 });
    await before.pass(100);
    const latch = before.gate.latch();
    expect(latch.interlocks).toEqual(['watchdog.main']);
    const rig = createMetRig({ latch });
    await rig.pass(1_000);
    expect(interlock(rig, 'watchdog.main')).toMatchObject({ met: false, needsReset: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause']);
    expect(rig.gate.reset('watchdog.main', 'olga')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['pause', 'resume']);
  });

  test('a robot that missed our heartbeats while we were away goes on; later it waits for a person', async () => {
    const rig = createGateRig({ latch: createMetRig().gate.latch() });
    for (const device of ['plc', 'amr-1', 'amr-2']) rig.heard(device);
    rig.sample('plc/e-stop-ok', true);
    rig.robot('amr-1', 'paused', { pausedBy: 'heartbeat' });
    rig.robot('amr-2', 'paused', { pausedBy: 'local' });
    await rig.pass(100);
    expect(rig.actionsAt('amr-1')).toEqual(['resume']);
    expect(rig.actionsAt('amr-2')).toEqual([]);

    rig.robot('amr-1', 'driving');
    rig.robot('amr-1', 'paused', { pausedBy: 'heartbeat' });
    await rig.pass(5_000);
    expect(rig.actionsAt('amr-1')).toEqual(['resume']);
    expect(await rig.gate.submit(rig.command())).toMatchObject({
      state: 'refused',
      reason: 'amr-1 must not move: amr-1 is paused (it missed our heartbeat)',
    });
    expect(interlock(rig, 'paused.amr-1')).toMatchObject({ met: true, needsReset: true });
    expect(rig.gate.reset('paused.amr-1', 'olga')).toEqual({ allowed: true });
    expect(rig.actionsAt('amr-1')).toEqual(['resume', 'resume']);
  });
});

describe('a line that runs all day', () => {
  const safeStates = [{ target: 'conveyor-1', action: 'stop', restart: 'on-start' }] as const;

  test('is set running at the start, once its interlocks are met, and at a reset', async () => {
    const rig = createGateRig({ safeStates: [...safeStates] });
    rig.heard('plc');
    await rig.pass(500);
    expect(rig.calls).toEqual([]);
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(100);
    expect(rig.actionsAt('conveyor-1')).toEqual(['run']);
    rig.sample('plc/run', true);
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(100);
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(100);
    expect(rig.actionsAt('conveyor-1')).toEqual(['run', 'stop']);
    rig.gate.reset('e-stop-1', 'olga');
    expect(rig.actionsAt('conveyor-1')).toEqual(['run', 'stop', 'run']);
  });

  test('waits for a reset when a trip is still owed one', async () => {
    const rig = createGateRig({
      safeStates: [...safeStates],
      latch: { interlocks: ['e-stop-1'], standing: [] },
    });
    rig.heard('plc');
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(500);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop']);
    rig.gate.reset('e-stop-1', 'olga');
    await rig.pass(100);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'run']);
  });
});
