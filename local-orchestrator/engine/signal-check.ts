import { ApplianceError } from '#contracts/errors.ts';
import type { Json, SagaDefinition, SignalNode } from '#contracts/sagas.ts';
import { schemaProblems } from '../definition/json-schema.ts';

/** Refuses at the edge what no step of the saga would ever take. Errors: SAGA_SIGNAL_INVALID. */
export function refuseWrongSignal(
  definition: SagaDefinition,
  sagaId: string,
  { name, payload }: { readonly name: string; readonly payload: Json },
): void {
  const nodes = signalNodes(definition);
  const takers = nodes.filter(([, node]) => node.signal === name);
  const refuse = (field: 'name' | 'payload', pointer: string, problem: string, cure: string) =>
    invalidSignal({ sagaId, name, field, pointer: `${field}${pointer}`, problem, cure });
  if (takers.length === 0) {
    const known = [...new Set(nodes.map(([, node]) => node.signal))].join(', ') || 'none';
    throw refuse('name', '', `no step of ${definition.name} waits for it`, `Its signals are: ${known}.`);
  }
  const findings = takers.map(([id, { payload: schema }]) => ({
    id,
    wrong: schema === undefined ? undefined : schemaProblems(schema, payload)[0],
  }));
  const [first] = findings;
  if (first?.wrong === undefined || findings.some(({ wrong }) => wrong === undefined)) return;
  const { pointer, problem } = first.wrong;
  throw refuse('payload', pointer, problem, `Send what the schema of step "${first.id}" asks for.`);
}

export const invalidSignal = (details: {
  readonly sagaId: string;
  readonly name: string;
  readonly field: 'name' | 'payload' | 'expiresAt';
  readonly pointer: string;
  readonly problem: string;
  readonly cure: string;
}) => new ApplianceError('SAGA_SIGNAL_INVALID', details);

const signalNodes = ({ nodes }: SagaDefinition): [string, SignalNode][] =>
  Object.entries(nodes).filter((entry): entry is [string, SignalNode] => entry[1].kind === 'signal');
