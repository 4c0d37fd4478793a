import { expect, test } from 'vitest';
import { matchesId } from '../../safety/index.ts';

test.each([
  ['amr-1', 'amr-1', true],
  ['amr-1', 'amr-10', false],
  ['amr-*', 'amr-10', true],
  ['amr-*', 'amr-', true],
  ['amr-*', 'xamr-1', false],
  ['*', 'anything', true],
  ['*-1', 'conveyor-1', true],
  ['*-1', 'conveyor-12', false],
  ['zone-*-amr-*', 'zone-a-amr-7', true],
  ['zone-*-amr-*', 'zone-amr-7', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a.c', 'abc', false],
])('%s on %s is %s', (pattern, id, expected) => {
  expect(matchesId(pattern, id)).toBe(expected);
});
