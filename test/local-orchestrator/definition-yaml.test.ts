import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SagaNode } from '#contracts/sagas.ts';
import { placeText } from '../../local-orchestrator/definition/finding.ts';
import { findings } from '../../local-orchestrator/definition/findings.ts';
import { definitionHash } from '../../local-orchestrator/definition/hash.ts';
import {
  defaultReconcile,
  defaultRefusal,
  defaultRetry,
} from '../../local-orchestrator/definition/policies.ts';
import { printSaga } from '../../local-orchestrator/written/print-saga.ts';
import { readSaga } from '../../local-orchestrator/written/read-saga.ts';
import { samples } from '../support/samples.ts';
import { definition } from './definition-arbitrary.ts';

test('a definition, written down and read back, is the same', () => {
  const kinds = new Set<string>();
  const marks = new Set<string>();
  fc.assert(
    fc.property(definition, (made) => {
      const wrong = findings(made).map((one) => `${placeText(one)}: ${one.problem}`);
      expect(wrong, 'the generator makes sound definitions').toEqual([]);
      for (const node of Object.values(made.nodes)) {
        kinds.add(node.kind);
        for (const mark of marksOf(node)) marks.add(mark);
      }
      const text = printSaga(made);
      const read = readSaga(text);
      if (!read.ok) throw new Error(`${JSON.stringify(read.mistakes)}\n${text}`);
      expect(read.definition).toEqual(made);
      expect(definitionHash(read.definition)).toBe(definitionHash(made));
      expect(printSaga(read.definition)).toBe(text);
    }),
    samples(200),
  );
  expect(kinds.size, [...kinds].join()).toBe(13);
  // What is easily lost on the way is among what went there and back.
  expect([...marks].toSorted()).toEqual([
    'amends of a child',
    'demands amends',
    'escalates to a user',
    'failure of a child',
    'heartbeat',
    'pauses of reconcile',
    'pauses of refusal',
    'pauses of retry',
    'skill',
    'voids',
  ]);
});

const usual = { retry: defaultRetry, refusal: defaultRefusal, reconcile: defaultReconcile };

function marksOf(node: SagaNode): string[] {
  const people = 'people' in node ? node.people : undefined;
  const work = node.kind === 'step' ? node : undefined;
  const policies = ['retry', 'refusal', 'reconcile'] as const;
  const marks: Record<string, boolean | undefined> = {
    heartbeat: work?.heartbeatMs !== undefined,
    'demands amends': work?.activity.needsUndo,
    voids: work !== undefined && work.voids.length > 0,
    skill: people?.skill !== undefined,
    'escalates to a user': people?.escalation?.some(({ user }) => user !== undefined),
    'amends of a child': node.kind === 'child' && node.compensation !== undefined,
    'failure of a child': node.kind === 'child' && node.failure.length > 0,
    ...Object.fromEntries(
      policies.map((name) => [
        `pauses of ${name}`,
        work !== undefined && work[name].factor !== usual[name].factor,
      ]),
    ),
  };
  return Object.keys(marks).filter((mark) => marks[mark] === true);
}

test('an alias that cannot be followed is a mistake with a place', () => {
  expect(readSaga('saga: &s [*s]\n')).toMatchObject({ ok: false, mistakes: [{ line: 1, column: 11 }] });
  expect(readSaga('saga: *nowhere\n')).toMatchObject({ ok: false, mistakes: [{ line: 1, column: 7 }] });
});
