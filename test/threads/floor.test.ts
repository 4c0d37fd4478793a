import { describe, expect, test } from 'vitest';
import { lightLamp, runConveyor, stopConveyor } from '../support/floor-commands.ts';
import { CELL } from '../support/floor-site.ts';
import { releasedSlave, startTestFloor } from '../support/test-floor.ts';
import { until } from '../support/until.ts';

describe('the floor on a real Modbus slave', () => {
  test('a command goes through the gate to the coil and is recorded step by step', async () => {
    const { floor, slave, commands } = await startTestFloor();
    await until('the interlock is met', () => floor.interlocks()[0]?.met);
    const result = await floor.submit(runConveyor());
    expect(result).toEqual({ state: 'verified', data: {} });
    expect(slave.bits.coil[CELL.run]).toBe(true);
    expect(commands.map(({ state }) => state)).toEqual(['requested', 'admitted', 'dispatched', 'verified']);
  });

  test('a pressed e-stop stops the conveyor, refuses motion, and a reset brings it back', async () => {
    const { floor, slave, safety, eStopOk, tags } = await startTestFloor();
    await until('the interlock is met', () => floor.interlocks()[0]?.met);
    await floor.submit(runConveyor());
    await until('the poll has seen it run', () => tags.get('cell/run')?.value === true);

    eStopOk(false);
    await until('the coil is off', () => slave.bits.coil[CELL.run] === false);
    await until('the trip is recorded', () => safety.find(({ kind }) => kind === 'interlock-tripped'));
    expect(await floor.submit(runConveyor())).toMatchObject({
      state: 'refused',
      code: 'SAFE_INTERLOCKED',
      interlocks: ['e-stop-1'],
      reason: 'conveyor-1 must not move: e-stop 1 is pressed',
    });
    expect(await floor.resetInterlock('e-stop-1', 'olga')).toEqual({
      allowed: false,
      reason: 'e-stop 1 is pressed',
    });

    eStopOk(true);
    await until('it asks for a reset', () => floor.interlocks()[0]?.needsReset);
    expect(slave.bits.coil[CELL.run]).toBe(false);
    expect(await floor.submit(runConveyor())).toMatchObject({ state: 'refused' });
    expect(await floor.resetInterlock('e-stop-1', 'olga')).toEqual({ allowed: true });
    await until('what ran before runs again', () => slave.bits.coil[CELL.run]);
    expect(safety.find(({ kind }) => kind === 'interlock-cleared')?.data).toEqual({
      interlock: 'e-stop-1',
      resetBy: 'olga',
    });
  });

  test('an orderly stop puts the conveyor to rest, and the next start remembers a trip', async () => {
    const slave = await releasedSlave();
    const first = await startTestFloor({ slave });
    await until('the interlock is met', () => first.floor.interlocks()[0]?.met);
    await first.floor.submit(runConveyor());
    first.eStopOk(false);
    await until('the trip is recorded', () => first.safety.find(({ kind }) => kind === 'interlock-tripped'));
    expect(await first.floor.stop()).toBe(true);
    expect(slave.bits.coil[CELL.run]).toBe(false);

    slave.bits.discrete[CELL.eStopOk] = true;
    const second = await startTestFloor({ slave, dataDir: first.dataDir });
    await until('it asks for a reset', () => second.floor.interlocks()[0]?.needsReset);
    expect(await second.floor.submit(runConveyor())).toMatchObject({ state: 'refused' });
    await second.floor.resetInterlock('e-stop-1', 'olga');
    await until('what ran before runs again', () => slave.bits.coil[CELL.run]);
  });

  test('what an orderly stop has stopped comes back with the next start', async () => {
    const slave = await releasedSlave();
    const first = await startTestFloor({ slave });
    await until('the interlock is met', () => first.floor.interlocks()[0]?.met);
    await first.floor.submit(runConveyor());
    await until('the run bit was read', () => first.tags.get('cell/run')?.value === true);
    expect(await first.floor.stop()).toBe(true);
    expect(slave.bits.coil[CELL.run]).toBe(false);
    await startTestFloor({ slave, dataDir: first.dataDir });
    await until('it runs again', () => slave.bits.coil[CELL.run]);
  });

  test('a line that a person has stopped by hand stays stopped, also after a restart', async () => {
    const slave = await releasedSlave();
    const first = await startTestFloor({ slave });
    await until('the interlock is met', () => first.floor.interlocks()[0]?.met);
    await first.floor.submit(runConveyor());
    const olga = { kind: 'person', id: 'olga' } as const;
    expect(await first.floor.submit(stopConveyor({ epoch: 0, requestedBy: olga }))).toMatchObject({
      state: 'verified',
    });
    expect(await first.floor.submit(runConveyor())).toMatchObject({
      state: 'refused',
      retryable: true,
      reason: expect.stringContaining('conveyor-1 was stopped by hand (olga)'),
    });
    expect(await first.floor.stop()).toBe(true);

    const second = await startTestFloor({ slave, dataDir: first.dataDir });
    await until('the interlock is met', () => second.floor.interlocks()[0]?.met);
    expect(await second.floor.submit(runConveyor())).toMatchObject({ state: 'refused' });
    expect(slave.bits.coil[CELL.run]).toBe(false);
    expect(await second.floor.resetInterlock('stopped.conveyor-1', 'otto')).toEqual({ allowed: true });
    await until('it runs again', () => slave.bits.coil[CELL.run]);
    expect(await second.floor.submit(runConveyor())).toMatchObject({ state: 'verified' });
  });

  test('a start that keeps the main thread busy for long is no hang, and nothing moves meanwhile', async () => {
    const { floor, safety, slave } = await startTestFloor({ mainSilenceMsMax: 300, mainUp: false });
    await until('the e-stop is met', () => floor.interlocks()[0]?.met);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);
    expect(await floor.submit(runConveyor())).toMatchObject({
      state: 'refused',
      interlocks: expect.arrayContaining(['watchdog.main']),
      reason: expect.stringContaining('the main thread is still starting'),
    });
    expect(safety.filter(({ kind }) => kind === 'watchdog-expired')).toEqual([]);
    expect(slave.words.holding[CELL.heartbeat] ?? 0).toBe(0);
  });

  test('a device that no rule touches lives in the field thread and is commanded through the gate', async () => {
    const lamp = await releasedSlave();
    const { floor, commands } = await startTestFloor({ lampPort: lamp.port });
    expect(floor.threadOf('lamps')).toBe('field');
    expect(floor.threadOf('cell')).toBe('safety');
    await until('the lamp answers', () => lamp.requests.length > 0);
    expect(await floor.submit(lightLamp())).toMatchObject({ state: 'verified' });
    expect(lamp.bits.coil[CELL.lamp]).toBe(true);
    expect(commands.at(-1)).toMatchObject({ state: 'verified' });
    await until('all threads report', () => floor.threadStats().length === 3);
  });
});
