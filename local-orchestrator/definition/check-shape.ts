import { Type } from 'typebox';
import {
  BranchNode,
  ChildNode,
  EachNode,
  EndNode,
  JoinNode,
  type Json,
  LoopNode,
  ModelNode,
  ParallelNode,
  SagaDefinition,
  type SagaNode,
  SignalNode,
  StepNode,
  TaskNode,
  TimerNode,
  UndoNode,
} from '#contracts/sagas.ts';
import type { Finding } from './finding.ts';
import { type JsonSchema, schemaProblems } from './json-schema.ts';

/** The schema of each kind of node: a union with a mistake in it would complain about every kind. */
const kinds = {
  step: StepNode,
  branch: BranchNode,
  timer: TimerNode,
  signal: SignalNode,
  task: TaskNode,
  undo: UndoNode,
  parallel: ParallelNode,
  each: EachNode,
  loop: LoopNode,
  join: JoinNode,
  child: ChildNode,
  model: ModelNode,
  end: EndNode,
} as const satisfies Record<SagaNode['kind'], object>;
export const nodeKinds = Object.keys(kinds) as SagaNode['kind'][];

const { nodes: _nodes, ...headProperties } = SagaDefinition.properties;
const Head = Type.Object(
  { ...headProperties, nodes: Type.Record(Type.String(), Type.Unknown()) },
  { additionalProperties: false },
);

/** Where a definition does not fit its schema. */
export function shapeFindings(definition: unknown): readonly Finding[] {
  const found = problemsOf(Head, definition, []);
  const nodes = (definition as { nodes?: unknown } | null)?.nodes;
  if (typeof nodes !== 'object' || nodes === null) return found;
  for (const [id, node] of Object.entries(nodes)) {
    const kind = (node as { kind?: unknown } | null)?.kind;
    const schema =
      typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind as SagaNode['kind']] : null;
    if (schema !== null) found.push(...problemsOf(schema, node, ['nodes', id]));
    else {
      const problem = `${JSON.stringify(kind ?? null)} is no kind of node`;
      found.push({ path: ['nodes', id, 'kind'], problem, cure: `Write one of: ${nodeKinds.join(', ')}.` });
    }
  }
  return found;
}

function problemsOf(schema: object, value: unknown, under: readonly (string | number)[]): Finding[] {
  return schemaProblems(schema as JsonSchema, value as Json).map(({ pointer, problem }) => ({
    path: [...under, ...partsOf(pointer)],
    problem,
    cure: CURE,
  }));
}
const CURE = 'Compare it with docs/sagas.md, or with the schema SagaDefinition.';

/** JSON pointer (RFC 6901) to path. */
const partsOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
