import { expect, test } from 'vitest';
import { beat, createBeats, raise, readBeat, waitForFlag } from '../../safety/index.ts';
import { firstPulse, LOOK_MS_MAX, nextPulse, type Pulse } from '../../safety/watchdog.ts';

const looks = (...steps: [beat: number, nowMs: number][]): Pulse =>
  steps.reduce((pulse, [count, nowMs]) => nextPulse(pulse, { beat: count, nowMs }, 500), firstPulse(0, 0));

test('a thread that beats is alive, however slowly', () => {
  expect(looks([1, 100], [1, 300], [2, 550])).toEqual({ state: 'alive', beat: 2, silentMs: 0, atMs: 550 });
});

test('a thread that does not beat is silent past the limit, not at it', () => {
  expect(looks([0, 100], [0, 300], [0, 500]).state).toBe('alive');
  expect(looks([0, 100], [0, 300], [0, 501])).toMatchObject({ state: 'silent', silentMs: 501 });
});

test('the first new beat ends the silence', () => {
  expect(looks([0, 200], [0, 400], [0, 600], [1, 620]).state).toBe('alive');
});

test('who was frozen itself has seen no more silence than one look', () => {
  expect(looks([0, 60_000])).toMatchObject({ state: 'alive', silentMs: LOOK_MS_MAX });
});

test('beats and flags are seen through shared memory', () => {
  const beats = createBeats();
  beat(beats, 'main');
  beat(beats, 'main');
  expect(readBeat(beats, 'main')).toBe(2);
  expect(readBeat(beats, 'worker')).toBe(0);
  expect(waitForFlag(beats, 'exitDone', 1)).toBe(false);
  raise(beats, 'exitDone');
  expect(waitForFlag(beats, 'exitDone', 1)).toBe(true);
});
