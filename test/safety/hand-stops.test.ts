import { describe, expect, test } from 'vitest';
import type { Command } from '#contracts/commands.ts';
import { createGateRig, createMetRig, type GateRig, VERIFIED } from '../support/gate-rig.ts';

const WORDS = 'conveyor-1 was stopped by hand (olga) and a person has to let it run again';
const olga: Partial<Command> = { epoch: 0, requestedBy: { kind: 'person', id: 'olga' } };
const saga: Partial<Command> = { epoch: 0, requestedBy: { kind: 'saga', id: 'pick-order:A-2' } };
const line = (action: string, by: Partial<Command>, args: object = {}): Partial<Command> => ({
  ...by,
  target: 'conveyor-1',
  call: { capability: 'Conveyor', action, args: { ...args } },
});
const ask = (rig: GateRig, action: string, by: Partial<Command>, args?: object) =>
  rig.gate.submit(rig.command(line(action, by, args)));
const row = (rig: GateRig) => rig.gate.interlocks().find(({ id }) => id === 'stopped.conveyor-1');
const refused = { state: 'refused', code: 'SAFE_INTERLOCKED', retryable: true, interlocks: [] };

/** A line that ran, and that Olga has stopped. */
async function stoppedRig(options: Parameters<typeof createMetRig>[0] = {}): Promise<GateRig> {
  const rig = createMetRig(options);
  rig.sample('plc/run', true);
  expect(await ask(rig, 'stop', olga)).toEqual(VERIFIED);
  rig.sample('plc/run', false);
  await rig.pass(2_000);
  return rig;
}

describe('a line that a person has stopped by hand', () => {
  test('is not set in motion by a saga, whatever it asks, and says why', async () => {
    const rig = await stoppedRig();
    expect(await ask(rig, 'run', saga)).toMatchObject({
      ...refused,
      reason: `conveyor-1 must not move: ${WORDS}`,
    });
    expect(await ask(rig, 'convey', saga, { toteId: 't-1', to: 'pack-1' })).toMatchObject(refused);
    expect(await ask(rig, 'convey', olga, { toteId: 't-1', to: 'pack-1' })).toMatchObject(refused);
    expect(await ask(rig, 'stop', saga)).toEqual(VERIFIED);
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'stop']);
    expect(row(rig)).toMatchObject({
      met: true,
      needsReset: true,
      text: 'conveyor-1 was stopped by hand (olga)',
    });
  });

  test('runs again for sagas once a person has let it run', async () => {
    const rig = await stoppedRig();
    expect(await ask(rig, 'run', { ...olga, requestedBy: { kind: 'person', id: 'tom' } })).toEqual(VERIFIED);
    expect(row(rig)).toBeUndefined();
    expect(await ask(rig, 'run', saga)).toEqual(VERIFIED);
  });

  test('runs again at the reset of its row, which a row it has not is refused', async () => {
    const rig = await stoppedRig();
    expect(rig.gate.reset('stopped.conveyor-1', 'otto')).toEqual({ allowed: true });
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop', 'run']);
    expect(rig.changes.at(-1)?.command.requestedBy).toEqual({ kind: 'person', id: 'otto' });
    expect(rig.gate.reset('stopped.conveyor-1', 'otto')).toMatchObject({ allowed: false });
    expect(await ask(rig, 'run', saga)).toEqual(VERIFIED);
  });

  test('whose safe state says restart: never is only let go by the reset', async () => {
    const rig = await stoppedRig({
      safeStates: [{ target: 'conveyor-1', action: 'stop', restart: 'never' }],
    });
    expect(rig.gate.reset('stopped.conveyor-1', 'otto')).toEqual({ allowed: true });
    expect(rig.actionsAt('conveyor-1')).toEqual(['stop']);
    expect(await ask(rig, 'run', saga)).toEqual(VERIFIED);
  });

  test('is held from the moment of the stop, also when nobody knows how that ended', async () => {
    const rig = createMetRig();
    rig.respond = () => ({ state: 'unknown', reason: 'no answer' });
    expect(await ask(rig, 'stop', olga)).toMatchObject({ state: 'unknown' });
    expect(await ask(rig, 'run', saga)).toMatchObject(refused);
  });

  test('is held when the run of a person that came before its stop ends after it', async () => {
    const rig = createMetRig();
    rig.respond = () => undefined;
    const run = ask(rig, 'run', olga);
    const stop = ask(rig, 'stop', olga);
    for (const call of rig.calls.toReversed()) call.answer(VERIFIED);
    expect(await Promise.all([run, stop])).toEqual([VERIFIED, VERIFIED]);
    rig.respond = () => VERIFIED;
    await rig.pass(2_000);
    expect(await ask(rig, 'run', saga)).toMatchObject(refused);
  });

  test('is not held by what a saga stops', async () => {
    const rig = createMetRig();
    expect(await ask(rig, 'stop', saga)).toEqual(VERIFIED);
    expect(row(rig)).toBeUndefined();
    expect(await ask(rig, 'run', saga)).toEqual(VERIFIED);
  });

  test('while an interlock held it is not brought back by the reset of that one', async () => {
    const rig = createMetRig();
    rig.sample('plc/run', true);
    rig.sample('plc/e-stop-ok', false);
    await rig.pass(100);
    expect(await ask(rig, 'stop', olga)).toEqual(VERIFIED);
    expect(rig.gate.reset('stopped.conveyor-1', 'otto')).toEqual({
      allowed: false,
      reason: 'e-stop 1 is pressed',
    });
    rig.sample('plc/e-stop-ok', true);
    await rig.pass(500);
    expect(rig.gate.latch().standing.map(({ target }) => target)).not.toContain('conveyor-1');
    expect(rig.gate.reset('e-stop-1', 'tom')).toEqual({ allowed: true });
    await rig.pass(2_000);
    expect(rig.actionsAt('conveyor-1')).not.toContain('run');
    expect(row(rig)).toMatchObject({ needsReset: true });
    expect(rig.gate.reset('stopped.conveyor-1', 'otto')).toEqual({ allowed: true });
    expect(rig.actionsAt('conveyor-1').at(-1)).toBe('run');
  });
});

test('a line that ran on after a failed stop is not brought back by the reset of an interlock', async () => {
  const rig = createMetRig();
  rig.sample('plc/run', true);
  rig.respond = () => ({ state: 'failed', code: 'DRV_LINK_DOWN', reason: 'no answer', retryable: true });
  expect(await ask(rig, 'stop', olga)).toMatchObject({ state: 'failed' });
  rig.respond = () => VERIFIED;
  rig.sample('plc/e-stop-ok', false);
  await rig.pass(100);
  rig.sample('plc/run', false);
  rig.sample('plc/e-stop-ok', true);
  await rig.pass(500);
  expect(rig.gate.reset('e-stop-1', 'tom')).toEqual({ allowed: true });
  expect(rig.actionsAt('conveyor-1')).not.toContain('run');
  expect(row(rig)).toMatchObject({ needsReset: true });
});

describe('after a restart of the process', () => {
  const runsAllDay = [{ target: 'conveyor-1', action: 'stop', restart: 'on-start' }] as const;

  test('a line that was stopped by hand still is, and waits for a person', async () => {
    const before = await stoppedRig();
    expect(before.latches.at(-1)?.stoppedByHand).toEqual([{ target: 'conveyor-1', by: 'olga' }]);
    await before.gate.shutdown('update', 1_000);
    const rig = createMetRig({ latch: before.gate.latch(), safeStates: [...runsAllDay] });
    await rig.pass(30_000);
    expect(rig.actionsAt('conveyor-1')).toEqual([]);
    expect(await ask(rig, 'run', saga)).toMatchObject(refused);
    expect(row(rig)).toMatchObject({ needsReset: true });
    expect(await ask(rig, 'run', olga)).toEqual(VERIFIED);
    expect(rig.latches.at(-1)).not.toHaveProperty('stoppedByHand');
  });

  test('a line that is no longer of the site is forgotten', () => {
    const latch = { interlocks: [], standing: [], stoppedByHand: [{ target: 'conveyor-9', by: 'olga' }] };
    expect(createGateRig({ latch }).gate.latch()).not.toHaveProperty('stoppedByHand');
  });
});
