import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeText } from '../../local-orchestrator/definition/finding.ts';
import { findings } from '../../local-orchestrator/definition/findings.ts';
import { definitionHash } from '../../local-orchestrator/definition/hash.ts';
import { printSaga } from '../../local-orchestrator/written/print-saga.ts';
import { readSaga } from '../../local-orchestrator/written/read-saga.ts';
import { definition } from './definition-arbitrary.ts';

test('a definition, written down and read back, is the same', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(definition, (made) => {
      const wrong = findings(made).map((one) => `${placeText(one)}: ${one.problem}`);
      expect(wrong, 'the generator makes sound definitions').toEqual([]);
      for (const { kind } of Object.values(made.nodes)) kinds.add(kind);
      const text = printSaga(made);
      const read = readSaga(text);
      if (!read.ok) throw new Error(`${JSON.stringify(read.mistakes)}\n${text}`);
      expect(read.definition).toEqual(made);
      expect(definitionHash(read.definition)).toBe(definitionHash(made));
      expect(printSaga(read.definition)).toBe(text);
    }),
    { numRuns: 200 },
  );
  expect(kinds.size, [...kinds].join()).toBe(13);
});

test('an alias that cannot be followed is a mistake with a place', () => {
  expect(readSaga('saga: &s [*s]\n')).toMatchObject({ ok: false, mistakes: [{ line: 1, column: 11 }] });
  expect(readSaga('saga: *nowhere\n')).toMatchObject({ ok: false, mistakes: [{ line: 1, column: 7 }] });
});
