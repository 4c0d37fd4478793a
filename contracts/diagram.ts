import { type Static, Type } from 'typebox';

/** A saga definition as a picture: what the pages draw, and what the documents show as Mermaid. */
const closed = { additionalProperties: false } as const;

export const diagramNodeKinds = [
  'step',
  'branch',
  'timer',
  'signal',
  'task',
  'undo',
  'parallel',
  'each',
  'loop',
  'join',
  'child',
  'model',
  'end',
  'compensation',
] as const;
export const diagramEdgeKinds = ['next', 'decision', 'failure', 'timeout', 'compensation'] as const;

export const DiagramNode = Type.Object(
  {
    id: Type.String({ description: 'Id of the node; of amends, that of the node and ":undo".' }),
    kind: Type.Enum([...diagramNodeKinds]),
    title: Type.String(),
    lane: Type.Array(Type.String(), {
      description: 'Ids of the ways it lies in, from the outermost: each `<group>.<way>`.',
    }),
    outcome: Type.Optional(Type.Enum(['completed', 'failed', 'cancelled'], { description: 'Of an end.' })),
  },
  closed,
);
export type DiagramNode = Static<typeof DiagramNode>;

export const DiagramEdge = Type.Object(
  {
    from: Type.String(),
    to: Type.String(),
    kind: Type.Enum([...diagramEdgeKinds]),
    label: Type.String({ description: 'Empty when there is nothing to say.' }),
  },
  closed,
);
export type DiagramEdge = Static<typeof DiagramEdge>;

export const DiagramLane = Type.Object(
  { id: Type.String(), group: Type.String(), title: Type.String() },
  { ...closed, description: 'A way of a parallel, an each or a loop: drawn around its nodes.' },
);
export type DiagramLane = Static<typeof DiagramLane>;

export const SagaDiagram = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer(),
    title: Type.String(),
    start: Type.String({ description: 'Id of the first node.' }),
    nodes: Type.Array(DiagramNode),
    edges: Type.Array(DiagramEdge),
    lanes: Type.Array(DiagramLane),
  },
  { ...closed, $id: 'SagaDiagram' },
);
export type SagaDiagram = Static<typeof SagaDiagram>;
