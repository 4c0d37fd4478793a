import { expect, test } from 'vitest';
import type { CommandResult } from '#contracts/commands.ts';
import {
  ACTED_COUNT_MAX,
  createCommandMemory,
  HARMLESS_COUNT_MAX,
  type Remembered,
} from '../../safety/command-memory.ts';
import { command } from '../support/floor-commands.ts';

const done: CommandResult = { state: 'verified', data: {} };
const entry = (commandId: string, more: Partial<Remembered> = {}): Remembered => ({
  command: command('amr-1', { capability: 'MobileRobot', action: 'park', args: {} }, { commandId }),
  result: Promise.resolve(done),
  settled: done,
  keepUntilMs: 1_000,
  ...more,
});

test('what may have acted is never forgotten while it could be repeated: a full memory says so', () => {
  const memory = createCommandMemory();
  for (let n = 0; n < ACTED_COUNT_MAX; n += 1) memory.remember(entry(`c-${n}`), false);
  expect(memory.isFull(1_000 - 1)).toBe(true);
  expect(memory.find('c-0')).toBeDefined();
  expect(memory.isFull(1_000)).toBe(false);
  expect(memory.find('c-0')).toBeUndefined();
});

test('what still runs is kept past its time', () => {
  const memory = createCommandMemory();
  memory.remember(entry('running', { settled: null }), false);
  for (let n = 1; n < ACTED_COUNT_MAX; n += 1) memory.remember(entry(`c-${n}`), false);
  expect(memory.isFull(5_000)).toBe(false);
  expect(memory.find('running')).toBeDefined();
});

test('refusals and stops make room for each other, oldest first', () => {
  const memory = createCommandMemory();
  for (let n = 0; n <= HARMLESS_COUNT_MAX; n += 1) memory.remember(entry(`r-${n}`), true);
  expect(memory.find('r-0')).toBeUndefined();
  expect(memory.find('r-1')).toBeDefined();
  expect(memory.isFull(0)).toBe(false);
});
