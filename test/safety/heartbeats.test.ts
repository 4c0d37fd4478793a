import { expect, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { TagValue } from '#contracts/tags.ts';
import { startHeartbeats } from '../../safety/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function rig(type: TagConfig['type'] = 'uint16') {
  const clock = createFakeClock();
  const state = { vouches: true, answers: true };
  const written: TagValue[] = [];
  const warned: string[] = [];
  const heartbeats = startHeartbeats({
    config: [{ tag: 'plc/beat', intervalMs: 100 }],
    typeOf: () => type,
    async write(_path, value) {
      written.push(value);
      if (!state.answers) return new Promise(() => {});
      return { state: 'verified', readBack: value };
    },
    vouches: () => state.vouches,
    clock,
    log: { ...silentLog, warn: (_fields, message) => warned.push(message) },
  });
  return { clock, state, written, warned, heartbeats };
}

test('the counter goes up once per interval', async () => {
  const { clock, written } = rig();
  await clock.pass(350);
  expect(written).toEqual([1, 2, 3, 4]);
});

test('a boolean toggles', async () => {
  const { clock, written } = rig('boolean');
  await clock.pass(250);
  expect(written).toEqual([true, false, true]);
});

test('nobody vouches: it stands still, and goes on from where it stood', async () => {
  const { clock, written, state } = rig();
  await clock.pass(150);
  state.vouches = false;
  await clock.pass(1_000);
  expect(written).toEqual([1, 2]);
  state.vouches = true;
  await clock.pass(100);
  expect(written).toEqual([1, 2, 3]);
});

test('a PLC that does not answer gets one beat at a time', async () => {
  const { clock, written, state } = rig();
  state.answers = false;
  await clock.pass(1_000);
  expect(written).toEqual([1, 2]);
});

test('after stop nothing is written', async () => {
  const { clock, written, heartbeats } = rig();
  heartbeats.stop();
  await clock.pass(1_000);
  expect(written).toEqual([1]);
});
