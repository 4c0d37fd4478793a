import type { Json, SagaDefinition } from '#contracts/sagas.ts';
import type { ScheduleConfig } from '#contracts/schedules.ts';
import { suggest } from '#contracts/suggest.ts';
import { pathOf } from '#contracts/yaml-place.ts';
import type { Finding } from '../definition/finding.ts';
import { schemaProblems } from '../definition/json-schema.ts';
import { begunOtherwise } from '../sagas/shipped.ts';

/** What keeps a schedule from ever beginning its saga; paths are within the schedule. */
export function scheduleFindings(
  { saga, input }: ScheduleConfig,
  definitions: readonly SagaDefinition[],
): readonly Finding[] {
  const instead = begunOtherwise.get(saga);
  if (instead !== undefined) {
    return [{ path: ['saga'], problem: `${saga} is not begun by name`, cure: instead }];
  }
  const definition = definitions.find(({ name }) => name === saga);
  if (definition === undefined) return [unknownSaga(saga, definitions)];
  if (definition.input === undefined) return [];
  return schemaProblems(definition.input, input as Json).map(({ pointer, problem }) => ({
    path: ['input', ...pathOf(pointer)],
    problem,
    cure: `${saga} takes ${entriesOf(definition.input)}.`,
  }));
}

function unknownSaga(saga: string, definitions: readonly SagaDefinition[]): Finding {
  const names = definitions.map(({ name }) => name).filter((name) => !begunOtherwise.has(name));
  const meant = suggest(saga, names);
  const cure = meant === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean ${meant}?`;
  return { path: ['saga'], problem: `there is no saga "${saga}"`, cure };
}

/** The entries of an input in words; a question mark stands behind what may be left out. */
function entriesOf(schema: SagaDefinition['input']): string {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Readonly<Record<string, { type?: Json }>>;
    required?: readonly string[];
  };
  const entries = Object.entries(properties).map(
    ([name, { type }]) =>
      `${name}${required.includes(name) ? '' : '?'}${typeof type === 'string' ? ` (${type})` : ''}`,
  );
  return entries.length === 0 ? 'no entries' : entries.join(', ');
}
