import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesId } from '#contracts/patterns.ts';
import { editDistance, suggest } from '#contracts/suggest.ts';
import { samples } from '../support/samples.ts';

test.each([
  ['amr-*', 'amr-1', true],
  ['amr-*', 'belt', false],
  ['*', 'anything', true],
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*a', 'a', false],
  ['belt', 'belt-2', false],
  ['*-1-*', 'x-1-1-y', true],
])('pattern %s against %s: %s', (pattern, id, expected) => {
  expect(matchesId(pattern, id)).toBe(expected);
});

test('a star pattern agrees with the regular expression that says the same', () => {
  const part = fc.stringMatching(/^[ab*-]{0,6}$/);
  fc.assert(
    fc.property(part, fc.stringMatching(/^[ab-]{0,8}$/), (pattern, id) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(matchesId(pattern, id)).toBe(expression.test(id));
    }),
    samples(),
  );
});

test('edit distance is a metric', () => {
  const word = fc.stringMatching(/^[abc]{0,6}$/);
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    }),
    samples(),
  );
});

test('another word is not taken for a typo', () => {
  expect(suggest('port', ['prot', 'host'])).toBe('prot');
  expect(suggest('conveyor', ['site', 'http'])).toBeUndefined();
});
