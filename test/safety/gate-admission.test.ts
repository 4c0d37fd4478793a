import { describe, expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import { createGateRig, createMetRig, VERIFIED } from '../support/gate-rig.ts';

const pause: Command['call'] = { capability: 'MobileRobot', action: 'pause', args: {} };
const cancel = (commandId?: string): Command['call'] => ({
  capability: 'MobileRobot',
  action: 'cancel',
  args: commandId === undefined ? {} : { commandId },
});

describe('what the gate checks', () => {
  test('nothing that moves is admitted before the first good sample', async () => {
    const rig = createGateRig();
    expect(await rig.gate.submit(rig.command())).toMatchObject({
      state: 'refused',
      code: 'SAFE_INTERLOCKED',
      interlocks: ['e-stop-1'],
      reason: 'amr-1 must not move: plc/e-stop-ok has not been read yet',
    });
    expect(rig.calls).toEqual([]);
  });

  test('what moves nothing needs no interlock', async () => {
    const rig = createGateRig();
    const call: Command['call'] = {
      capability: 'StackLight',
      action: 'set',
      args: { colour: 'red', mode: 'on' },
    };
    expect(await rig.gate.submit(rig.command({ target: 'lamp-1', call }))).toEqual(VERIFIED);
  });

  const refused: [string, Partial<Command>, object][] = [
    [
      'an unknown target',
      { target: 'amr-9' },
      { code: 'SAFE_UNKNOWN_TARGET', reason: 'There is no amr-9 on this site' },
    ],
    [
      'another kind',
      { call: { capability: 'Conveyor', action: 'run', args: {} } },
      { code: 'SAFE_INVALID_CALL', reason: expect.stringContaining('it is a MobileRobot, not a Conveyor') },
    ],
    [
      'an unknown action',
      { call: { capability: 'MobileRobot', action: 'fly', args: {} } },
      { code: 'SAFE_INVALID_CALL', reason: expect.stringContaining('has no action fly') },
    ],
    [
      'an inherited name as action',
      { call: { capability: 'MobileRobot', action: 'constructor', args: {} } },
      { code: 'SAFE_INVALID_CALL' },
    ],
    [
      'arguments of the wrong type',
      { call: { capability: 'MobileRobot', action: 'goTo', args: { place: 7 } } },
      { code: 'SAFE_INVALID_CALL', reason: expect.stringContaining('args/place must be string') },
    ],
    ['a timeout of nothing', { timeoutMs: 0 }, { code: 'SAFE_INVALID_CALL' }],
  ];
  test.each(refused)('%s is refused in words', async (_name, more, expected) => {
    const rig = createMetRig();
    expect(await rig.gate.submit(rig.command(more))).toMatchObject({ state: 'refused', ...expected });
    expect(rig.calls).toEqual([]);
    expect(rig.changes.at(-1)).toMatchObject({ state: 'refused' });
  });

  test('an expired command is dead, also a stop', async () => {
    const rig = createMetRig();
    const expiresAtMs = rig.clock.nowMs() - 5;
    expect(await rig.gate.submit(rig.command({ expiresAtMs }))).toEqual({
      state: 'expired',
      reason: 'The command came 5 ms after its time',
    });
    expect(await rig.gate.submit(rig.command({ expiresAtMs, call: pause }))).toMatchObject({
      state: 'expired',
    });
    expect(rig.calls).toEqual([]);
  });

  test('a wall clock that is set back does not bring a command back to life', async () => {
    const rig = createMetRig();
    const command = rig.command({ expiresAtMs: rig.clock.nowMs() + 1_000 });
    const transit = { sentAtMs: rig.clock.monotonicMs(), leftMs: 1_000 };
    await rig.pass(1_500);
    rig.clock.jumpWall(-3_600_000);
    expect(await rig.gate.submit(command, transit)).toMatchObject({ state: 'expired' });
  });

  test('an expiry days ahead shows a wrong clock', async () => {
    const rig = createMetRig();
    const expiresAtMs = rig.clock.nowMs() + 48 * 3_600_000;
    expect(await rig.gate.submit(rig.command({ expiresAtMs }))).toMatchObject({
      code: 'SAFE_EXPIRY_TOO_FAR',
    });
  });

  test('an older lease is fenced off; without a lease there is nothing to fence', async () => {
    const rig = createMetRig();
    await rig.gate.submit(rig.command({ epoch: 5 }));
    expect(await rig.gate.submit(rig.command({ epoch: 4 }))).toMatchObject({ code: 'SAFE_FENCED' });
    expect(await rig.gate.submit(rig.command({ epoch: 4, target: 'amr-2' }))).toEqual(VERIFIED);
    expect(await rig.gate.submit(rig.command({ epoch: 0 }))).toEqual(VERIFIED);
    expect(await rig.gate.submit(rig.command({ epoch: 4, call: pause }))).toEqual(VERIFIED);
  });

  test('who was fenced before a start is fenced after it, whoever speaks first', async () => {
    const rig = createMetRig({ epochs: new Map([['amr-1', 4]]) });
    expect(await rig.gate.submit(rig.command({ epoch: 3 }))).toMatchObject({
      state: 'refused',
      code: 'SAFE_FENCED',
      retryable: false,
    });
    expect(rig.calls).toEqual([]);
    expect(await rig.gate.submit(rig.command({ epoch: 4 }))).toEqual(VERIFIED);
    expect(await rig.gate.submit(rig.command({ epoch: 1, target: 'amr-2' }))).toEqual(VERIFIED);
  });

  test('the same id acts once and gets the same answer, under way, ended and expired', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    const command = rig.command({ expiresAtMs: rig.clock.nowMs() + 1_000 });
    const answers = [rig.gate.submit(command), rig.gate.submit({ ...command, reason: 'again' })];
    expect(rig.calls).toHaveLength(1);
    rig.calls[0]?.answer(VERIFIED);
    expect(await Promise.all(answers)).toEqual([VERIFIED, VERIFIED]);
    await rig.pass(2_000);
    expect(await rig.gate.submit(command)).toEqual(VERIFIED);
    expect(rig.calls).toHaveLength(1);
    expect(rig.changes.filter(({ state }) => state === 'dispatched')).toHaveLength(1);
  });

  test('the same id for something else is refused', async () => {
    const rig = createMetRig();
    const command = rig.command();
    await rig.gate.submit(command);
    const call: Command['call'] = { capability: 'MobileRobot', action: 'park', args: {} };
    expect(await rig.gate.submit({ ...command, call })).toMatchObject({ code: 'SAFE_ID_REUSED' });
    expect(rig.calls).toHaveLength(1);
  });

  test('one writer per target: the second is refused as busy, and may come back', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    void rig.gate.submit(rig.command());
    expect(await rig.gate.submit(rig.command())).toMatchObject({
      state: 'refused',
      code: 'SAFE_BUSY',
      retryable: true,
      reason: 'amr-1 is busy: goTo (command-1) is running',
    });
    void rig.gate.submit(rig.command({ target: 'amr-2' }));
    expect(rig.calls).toHaveLength(2);
    rig.calls[0]?.answer(VERIFIED);
    await rig.pass(20);
    void rig.gate.submit(rig.command());
    expect(rig.calls).toHaveLength(3);
  });
});

describe('what ends motion', () => {
  test('passes beside what runs, through an open interlock and an older lease', async () => {
    const rig = createMetRig();
    rig.respond = ({ call }) => (call.action === 'pause' ? VERIFIED : undefined);
    void rig.gate.submit(rig.command({ epoch: 9 }));
    rig.sample('plc/e-stop-ok', false);
    expect(await rig.gate.submit(rig.command({ epoch: 1, call: pause }))).toEqual(VERIFIED);
  });

  test('a verified cancel ends what runs, even if its driver does not come back', async () => {
    const rig = createMetRig();
    rig.respond = ({ call }) => (call.action === 'cancel' ? VERIFIED : undefined);
    const command = rig.command();
    const running = rig.gate.submit(command);
    expect(await rig.gate.submit(rig.command({ call: cancel(command.commandId) }))).toEqual(VERIFIED);
    await rig.pass(1_100);
    expect(await running).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('interrupted by cancel'),
    });
    void rig.gate.submit(rig.command());
    expect(rig.actionsAt('amr-1')).toEqual(['goTo', 'cancel', 'goTo']);
  });

  test('a cancel of another command and a pause leave it running', async () => {
    const rig = createMetRig();
    rig.respond = ({ call }) => (call.action === 'goTo' ? undefined : VERIFIED);
    const running = rig.gate.submit(rig.command());
    await rig.gate.submit(rig.command({ call: cancel('command-elsewhere') }));
    await rig.gate.submit(rig.command({ call: pause }));
    await rig.pass(2_000);
    rig.calls[0]?.answer(VERIFIED);
    expect(await running).toEqual(VERIFIED);
  });

  test('nothing starts while a stop is under way', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    void rig.gate.submit(rig.command({ call: cancel() }));
    expect(await rig.gate.submit(rig.command())).toMatchObject({ code: 'SAFE_BUSY' });
  });
});

describe('how a command ends', () => {
  test('a driver that throws leaves the outcome unknown', async () => {
    const rig = createMetRig();
    rig.respond = () => {
      throw new Error('socket gone');
    };
    expect(await rig.gate.submit(rig.command())).toEqual({ state: 'unknown', reason: 'socket gone' });
  });

  test('a driver that does not answer: unknown, the target stays taken, and the device is asked', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    const command = rig.command({ timeoutMs: 500 });
    const running = rig.gate.submit(command);
    await rig.pass(1_600);
    expect(await running).toMatchObject({ state: 'unknown' });
    expect(await rig.gate.submit(rig.command())).toMatchObject({
      code: 'SAFE_BUSY',
      reason: 'amr-1 is busy: nobody knows yet how goTo (command-1) ended',
    });
    rig.reconciles = () => ({ outcome: 'not-done', reason: 'never heard of it' });
    expect(await rig.gate.reconcile(command)).toMatchObject({ outcome: 'unknown' });
    rig.reconciles = () => ({ outcome: 'done', data: { place: 'rack-1' } });
    expect(await rig.gate.reconcile(command)).toEqual({ outcome: 'done', data: { place: 'rack-1' } });
    expect(rig.changes.at(-1)).toMatchObject({ state: 'reconciled', reason: 'done' });
    void rig.gate.submit(rig.command());
    expect(rig.calls).toHaveLength(2);
  });

  test('what the driver says too late is what a reconciliation is told', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    rig.reconciles = () => {
      throw new Error('must not be asked');
    };
    const command = rig.command({ timeoutMs: 500 });
    const running = rig.gate.submit(command);
    expect(await rig.gate.reconcile(command)).toEqual({ outcome: 'running' });
    await rig.pass(1_600);
    expect(await running).toMatchObject({ state: 'unknown' });
    rig.calls[0]?.answer({ state: 'verified', data: { place: 'rack-1' } });
    await rig.pass(20);
    expect(await rig.gate.reconcile(command)).toEqual({ outcome: 'done', data: { place: 'rack-1' } });
  });
});
