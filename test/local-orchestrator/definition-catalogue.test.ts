import { describe, expect, test } from 'vitest';
import { capabilityTable } from '#contracts/capabilities.ts';
import {
  definitionHash,
  exampleSagas,
  findings,
  printSaga,
  readSaga,
  siteCatalogue,
} from '../../local-orchestrator/index.ts';

const catalogue = siteCatalogue({ sagas: exampleSagas(), models: [], channels: [] });

describe('a shipped saga', () => {
  const sagas = exampleSagas();
  test.each(sagas.map((saga, index) => [saga.name, saga, index] as const))('%s', (_name, saga, index) => {
    const hash = definitionHash(saga);
    expect(definitionHash(exampleSagas()[index] ?? saga), 'built twice').toBe(hash);
    expect(findings(saga, catalogue), 'is made of what the catalogue has').toEqual([]);
    const text = printSaga(saga, catalogue);
    const read = readSaga(text, catalogue);
    if (!read.ok) throw new Error(JSON.stringify(read.mistakes));
    expect(definitionHash(read.definition), 'written and read').toBe(hash);
  });
});

test('the catalogue has every action of every capability, and each step once', () => {
  const names = catalogue.steps.map(({ activity }) => `${activity.name}@${activity.version}`);
  expect(new Set(names).size).toBe(names.length);
  for (const [kind, actions] of Object.entries(capabilityTable)) {
    for (const action of Object.keys(actions)) expect(names).toContain(`${kind}.${action}@1`);
  }
  for (const { title, input, output } of catalogue.steps) {
    expect(title).not.toBe('');
    expect([input, output]).not.toContain(null);
  }
});
