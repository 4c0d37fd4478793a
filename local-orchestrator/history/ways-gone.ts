import type { DiagramEdge } from '#contracts/diagram.ts';
import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { GROUP_FAILED, routeOf } from '../decide/fail.ts';
import { placeOf } from '../decide/lanes.ts';
import type { JournalEntry, Lane, SagaState } from '../decide/state.ts';
import { type Edge, edgesOf, entriesOf } from '../definition/edges.ts';
import { diagramOf } from '../diagram/diagram.ts';

type Nodes = SagaDefinition['nodes'];

export interface WaysGone {
  /** Edges of the diagram, as it has them. */
  readonly edges: readonly DiagramEdge[];
  /** Joins that were passed. They leave no record of their own: their group records that a way has come, or that it is done. */
  readonly joins: ReadonlySet<string>;
}

/** A way that a record tells was taken. */
interface Taken extends DiagramEdge {
  /** Lane of where it leads; null for the ways of a group, which have lanes of their own. */
  readonly lane: Lane | null;
}

/**
 * Which way each node was left, told by what it recorded then. What a way leads to must have been entered: where
 * amends begin meanwhile, it is not.
 */
export function waysGone(definition: SagaDefinition, state: SagaState): WaysGone {
  const { nodes } = definition;
  const been = [...state.journal, ...state.positions];
  const looped = loopsGoneAgain(state, been);
  const entered = new Set(been.flatMap(({ node, lane }) => [node, `${node} ${lane}`]));
  for (const come of [...looped, ...waysCome(nodes, state)]) entered.add(`come ${come}`);

  const gone = state.journal
    .flatMap((entry) => takenBy(nodes[entry.node], entry))
    .filter(({ kind, to, lane }) => kind === 'compensation' || entered.has(placeOfEnd(nodes, to, lane)));
  const left = new Set(gone.map(keyOf));
  const onward = new Set(
    gone.flatMap(({ from, kind, lane }) => (kind === 'next' && lane !== null ? [from] : [])),
  );
  const came = new Set(gone.map(({ to }) => to));
  // A group goes on past its join though no way came to it, where it has no items, or its failed ways are good enough.
  const joins = new Set(
    Object.entries(nodes).flatMap(([id, node]) =>
      node.kind === 'join' && (came.has(id) || onward.has(node.of)) ? [id] : [],
    ),
  );
  const edges = diagramOf(definition).edges.filter((edge) => {
    const join = nodes[edge.from];
    if (join?.kind !== 'join') return left.has(keyOf(edge));
    return joins.has(edge.from) && (edge.kind === 'next' ? onward : looped).has(join.of);
  });
  return { edges, joins };
}

const keyOf = ({ from, to, kind, label }: DiagramEdge): string => JSON.stringify([from, to, kind, label]);

/** Where a way leads, as it is named among what was entered. To a join comes the way of its group. */
function placeOfEnd(nodes: Nodes, to: string, lane: Lane | null): string {
  const node = nodes[to];
  if (node?.kind !== 'join') return lane === null ? to : `${to} ${lane}`;
  return `come ${lane === null || nodes[node.of]?.kind === 'loop' ? node.of : lane}`;
}

/** Ways that came to their join, and groups of which one did. */
const waysCome = (nodes: Nodes, { journal }: SagaState): string[] =>
  journal.flatMap((entry) => {
    if (entry.outcome !== 'done') return [];
    if (isWay(entry)) return [entry.lane, entry.node];
    return nodes[entry.node]?.kind === 'loop' ? [entry.node] : [];
  });

/** Loops of which a second pass was begun. */
function loopsGoneAgain(
  { journal }: SagaState,
  been: readonly { readonly lane: Lane }[],
): ReadonlySet<string> {
  const passes = been.flatMap(({ lane }) => [...lane.matchAll(/\/([^./]+)\.\d+#[1-9]/g)]);
  const counted = journal.filter(({ output }) => Number(memberOf(output, 'passes')) > 1);
  return new Set([...passes.map(([, node = '']) => node), ...counted.map(({ node }) => node)]);
}

/** The end of one way of a group, not of the group. */
const isWay = ({ node, lane }: JournalEntry): boolean => placeOf(lane)?.node === node;

function takenBy(node: SagaNode | undefined, entry: JournalEntry): Taken[] {
  if (node === undefined || isWay(entry)) return [];
  const { node: from, lane, outcome, amends } = entry;
  const within = outcome === 'opened' ? entriesOf(node) : [];
  const left =
    outcome === 'opened' ? undefined : (outcome === 'done' ? doneBy : failedBy)(node, entry.output);
  const undone: Taken[] =
    amends === 'made' ? [{ from, to: `${from}:undo`, kind: 'compensation', label: 'undo', lane }] : [];
  return [
    ...within.map(({ to }): Taken => ({ from, to, kind: 'next', label: '', lane: null })),
    ...(left === undefined ? [] : [{ from, to: left.to, kind: left.kind, label: left.label, lane }]),
    ...undone,
  ];
}

/** Where a node that did its work leads. */
export function doneBy(node: SagaNode, output: Json): Edge | undefined {
  const edges = edgesOf(node);
  switch (node.kind) {
    case 'branch': {
      const chosen = memberOf(output, 'case');
      return typeof chosen === 'number' ? edges[chosen - 1] : edges.at(-1);
    }
    case 'task':
      return edges[node.decisions.findIndex(({ id }) => id === memberOf(output, 'decision'))];
    case 'model':
      return edges[node.options.findIndex(({ id }) => id === memberOf(output, 'decision'))];
    case 'loop':
      return ofKind(edges, memberOf(output, 'exhausted') === true ? 'failure' : 'next');
    default:
      return ofKind(edges, 'next');
  }
}

function failedBy(node: SagaNode, output: Json): Edge | undefined {
  const code = memberOf(output, 'code');
  const edges = edgesOf(node);
  if (node.kind === 'undo') return ofKind(edges, 'failure');
  if (!('failure' in node)) return code === 'TIMED_OUT' ? ofKind(edges, 'timeout') : undefined;
  const route = routeOf(node.failure, [String(code), ...('need' in node ? [GROUP_FAILED] : [])]);
  return edges.find(({ kind, path }) => kind === 'failure' && node.failure[Number(path[1])]?.leads === route);
}

const ofKind = (edges: readonly Edge[], kind: Edge['kind']): Edge | undefined =>
  edges.find((edge) => edge.kind === kind);

const memberOf = (output: Json, name: string): Json | undefined =>
  typeof output === 'object' && output !== null && !Array.isArray(output)
    ? (output as Record<string, Json>)[name]
    : undefined;
