import type { DiagramEdge, DiagramLane, DiagramNode, SagaDiagram } from '#contracts/diagram.ts';
import type { JoinPolicy, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { type BodyLane, type Lanes, reportLanes } from '../definition/check-lanes.ts';
import { type Edge, edgesOf, entriesOf } from '../definition/edges.ts';

type Nodes = SagaDefinition['nodes'];

/**
 * A definition as nodes and edges, in the order in which they are come by. Pure, and the same for the same
 * definition. What follows a group is drawn from where its ways join; amends hang at what they are for.
 */
export function diagramOf(definition: SagaDefinition): SagaDiagram {
  const { name, version, title, start, nodes } = definition;
  const lanes = reportLanes(definition, () => {});
  const ids = [...lanes.keys()];
  return {
    name,
    version,
    title,
    start,
    nodes: ids.flatMap((id) => nodesOf(id, nodes, lanes)),
    edges: ids.flatMap((id) => edgesFrom(id, nodes)),
    lanes: ids.flatMap((id) => lanesOf(id, nodes[id])),
  };
}

function nodesOf(id: string, nodes: Nodes, lanes: Lanes): DiagramNode[] {
  const node = nodes[id];
  if (node === undefined) return [];
  const lane = laneIds(lanes.get(id) ?? null, nodes);
  const outcome = node.kind === 'end' ? { outcome: node.outcome } : {};
  const own: DiagramNode = { id, kind: node.kind, title: titleOf(node, nodes), lane, ...outcome };
  const amends = amendsOf(node);
  if (amends === undefined) return [own];
  return [own, { id: undoOf(id), kind: 'compensation', title: amends.title, lane }];
}

function edgesFrom(id: string, nodes: Nodes): DiagramEdge[] {
  const node = nodes[id];
  if (node === undefined) return [];
  if (node.kind === 'join') return edgesFromJoin(id, node.of, nodes);
  const within = entriesOf(node).map(({ to }): DiagramEdge => ({ from: id, to, kind: 'next', label: '' }));
  // A loop or a group without a join has no other place for them.
  const joined = within.length > 0 && Object.values(nodes).some((one) => isJoinOf(one, id));
  const onward = edgesOf(node)
    .filter(({ kind }) => !(joined && kind === 'next'))
    .map((edge) => drawn(id, edge));
  const amends: DiagramEdge[] =
    amendsOf(node) === undefined ? [] : [{ from: id, to: undoOf(id), kind: 'compensation', label: 'undo' }];
  return [...within, ...onward, ...amends];
}

function edgesFromJoin(id: string, of: string, nodes: Nodes): DiagramEdge[] {
  const group = nodes[of];
  if (group === undefined) return [];
  const onward = edgesOf(group)
    .filter(({ kind }) => kind === 'next')
    .map((edge) => drawn(id, edge));
  if (group.kind !== 'loop') return onward;
  return [{ from: id, to: group.start, kind: 'decision', label: 'again' }, ...onward];
}

const lanesOf = (id: string, node: SagaNode | undefined): DiagramLane[] =>
  node === undefined
    ? []
    : entriesOf(node).map(({ label }, way) => ({ id: laneId(id, way, node), group: id, title: label }));

function laneIds(lane: BodyLane | null, nodes: Nodes): string[] {
  if (lane === null) return [];
  return [...laneIds(lane.parent, nodes), laneId(lane.group, lane.way, nodes[lane.group])];
}

const laneId = (group: string, way: number, node: SagaNode | undefined): string =>
  `${group}.${node?.kind === 'parallel' ? (node.ways[way]?.id ?? way) : way}`;

const drawn = (from: string, { to, kind, label }: Edge): DiagramEdge => ({ from, to, kind, label });
const amendsOf = (node: SagaNode) =>
  node.kind === 'step' || node.kind === 'child' ? node.compensation : undefined;
const undoOf = (id: string): string => `${id}:undo`;
const isJoinOf = (node: SagaNode, group: string): boolean => node.kind === 'join' && node.of === group;

function titleOf(node: SagaNode, nodes: Nodes): string {
  if (node.kind !== 'join') return node.title;
  const group = nodes[node.of];
  if (group?.kind === 'loop') return 'once more?';
  return group?.kind === 'parallel' || group?.kind === 'each' ? needText(group.need) : 'join';
}

const needText = (need: JoinPolicy): string =>
  ({ all: 'all have come', any: 'one has come', settled: 'each has ended' })[String(need)] ??
  `${need} have come`;
