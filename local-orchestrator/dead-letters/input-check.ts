import { actionSpec, type CapabilityCall } from '#contracts/capabilities.ts';
import type { ActivityRef, Json } from '#contracts/sagas.ts';
import { type JsonSchema, schemaProblems } from '../definition/json-schema.ts';
import { isObject } from './merge-patch.ts';

/** Place and cure of the first thing that is wrong with an edited input. */
export interface InputProblem {
  readonly problem: string;
  readonly cure: string;
}

/**
 * Compares an input that a person wrote with what its activity takes: a command with the table of capabilities,
 * anything else with the shape of the input that the definition had computed. Null: it fits.
 */
export function inputProblem(
  activity: Pick<ActivityRef, 'name' | 'via'>,
  before: Json,
  after: Json,
): InputProblem | null {
  if (activity.via !== 'command') return shapeProblem(before, after, '');
  const [capability, action] = activity.name.split('.') as [CapabilityCall['capability'], string];
  const spec = actionSpec({ capability, action });
  const outer = shapeProblem(withoutArgs(before), withoutArgs(after), '');
  if (spec === undefined || outer !== null) return outer;
  const args = isObject(after) ? (after.args ?? null) : null;
  const [first] = schemaProblems(spec.args as unknown as JsonSchema, args);
  if (first === undefined) return null;
  return {
    problem: `/args${first.pointer} ${first.problem}`,
    cure: `Give what ${activity.name} takes: ${Object.keys(propertiesOf(spec.args)).join(', ') || 'nothing'}.`,
  };
}

const propertiesOf = (schema: object): object => (schema as { properties?: object }).properties ?? {};
const withoutArgs = (input: Json): Json => (isObject(input) ? { ...input, args: null } : input);

/** The same entries with the same kinds of values; lists may have other lengths. */
function shapeProblem(before: Json, after: Json, pointer: string): InputProblem | null {
  if (kindOf(before) !== kindOf(after)) {
    // Nothing is known of what may stand in place of a null.
    if (before === null) return null;
    const problem = `${pointer === '' ? 'the input' : pointer} is ${kindOf(after)} instead of ${kindOf(before)}`;
    return { problem, cure: `It was ${JSON.stringify(before).slice(0, 80)}; write one of its kind.` };
  }
  if (Array.isArray(after) && Array.isArray(before)) {
    const [sample] = before;
    if (sample === undefined) return null;
    return firstOf(after.map((item: Json, index) => shapeProblem(sample, item, `${pointer}/${index}`)));
  }
  if (!isObject(before) || !isObject(after)) return null;
  const known = Object.keys(before);
  const strange = Object.keys(after).find((name) => !known.includes(name));
  if (strange !== undefined) {
    return {
      problem: `${pointer}/${strange}: there is no such entry`,
      cure: `Known here: ${known.join(', ')}.`,
    };
  }
  const missing = known.find((name) => !Object.hasOwn(after, name));
  if (missing !== undefined) {
    const value = JSON.stringify(before[missing]).slice(0, 80);
    return {
      problem: `${pointer}/${missing} is missing`,
      cure: `Leave it as it was, ${value}, or change its value.`,
    };
  }
  return firstOf(
    known.map((name) => shapeProblem(before[name] ?? null, after[name] ?? null, `${pointer}/${name}`)),
  );
}

const firstOf = (problems: readonly (InputProblem | null)[]): InputProblem | null =>
  problems.find((problem) => problem !== null) ?? null;

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
