import type { Json, SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { type BodyLane, isAround, type Lanes } from './check-lanes.ts';
import { edgesOf, entriesOf } from './edges.ts';
import { references, unknownOperators } from './expression.ts';
import { expressionsOf, type PlacedExpression } from './expressions-of.ts';
import type { Report } from './finding.ts';

type Nodes = SagaDefinition['nodes'];

/** Reports references that lead nowhere, into a way beside, or to what cannot have run by then. */
export function reportReferences(definition: SagaDefinition, lanes: Lanes, report: Report): void {
  const { nodes, search } = definition;
  const flow = flowOf(nodes);
  for (const [name, expression] of Object.entries(search ?? {})) {
    reportOperators(expression, ['search', name], report);
    for (const { path } of references(expression)) {
      if (path.split('.')[0] !== 'input') {
        report(['search', name], `${path} is not part of the input`, 'Search by what goes in.');
      }
    }
  }
  for (const [id, node] of Object.entries(nodes)) {
    const lane = lanes.get(id);
    if (lane === undefined) continue;
    for (const placed of expressionsOf(node)) {
      const place = ['nodes', id, ...placed.path];
      reportOperators(placed.expression, place, report);
      const seen = seenFrom(id, lane, placed, nodes, lanes);
      for (const reference of references(placed.expression)) {
        reportReference(reference, place, seen, { nodes, lanes, flow, report });
      }
    }
  }
}

function reportOperators(expression: Json, path: readonly (string | number)[], report: Report): void {
  for (const operator of unknownOperators(expression)) {
    report(path, `${operator} is no operator`, 'Use $ref, $text, $eq, $gt, $and, $or or $not.');
  }
}

/** From where an expression looks: the nodes at whose time it is computed, and their lane. */
interface Seen {
  readonly at: readonly string[];
  readonly lane: BodyLane | null;
  readonly after: boolean;
  /** Amends for this node, which are made too when it failed or nobody knows: it may have made nothing. */
  readonly unsure: string | null;
}

function seenFrom(
  id: string,
  lane: BodyLane | null,
  placed: PlacedExpression,
  nodes: Nodes,
  lanes: Lanes,
): Seen {
  if (placed.inside !== true) {
    const node = nodes[id];
    const amends = placed.after === true && node !== undefined && 'compensation' in node && node.compensation;
    const unsure = amends && amends.when === 'started' ? id : null;
    return { at: [id], lane, after: placed.after === true, unsure };
  }
  const joins = Object.keys(nodes).filter((one) => isJoinOf(nodes[one], id));
  const within = joins.map((join) => lanes.get(join)).find((one) => one?.group === id);
  return { at: joins, lane: within ?? lane, after: false, unsure: null };
}

interface Graph {
  readonly nodes: Nodes;
  readonly lanes: Lanes;
  readonly flow: Flow;
  readonly report: Report;
}

function reportReference(
  { path, optional }: { path: string; optional: boolean },
  place: readonly (string | number)[],
  seen: Seen,
  graph: Graph,
): void {
  const [root, name = '', part] = path.split('.');
  const say = (problem: string, cure: string) => graph.report(place, problem, cure);
  if (root === 'input') return;
  if (root === 'saga') {
    if (name !== 'id' && name !== 'cancelled') {
      say(`${path} leads nowhere`, 'Known are saga.id and saga.cancelled.');
    }
    return;
  }
  if (root === 'each') {
    reportEach(path, name, part, seen.lane, graph.nodes, say);
    return;
  }
  if (root !== 'steps') {
    say(`${path} leads nowhere`, 'Begin with input, steps, each or saga.');
    return;
  }
  const node = Object.hasOwn(graph.nodes, name) ? graph.nodes[name] : undefined;
  if (node === undefined) {
    say(`${path} refers to a step that does not exist`, 'Correct the name of the step.');
  } else if (silent.has(node.kind)) {
    say(`${path}: a ${node.kind} has no output`, 'Refer to a step, a task or a group.');
  } else if (part !== 'output' && part !== 'failure') {
    say(`${path} says neither output nor failure`, `Write steps.${name}.output or steps.${name}.failure.`);
  } else {
    reportSight(path, name, part, optional, seen, graph, say);
  }
}

/** Kinds that nobody can refer to: what they record is for the history only. */
export const silent: ReadonlySet<string> = new Set<SagaNode['kind']>([
  'branch',
  'timer',
  'undo',
  'join',
  'end',
]);
type Say = (problem: string, cure: string) => void;

function reportEach(
  path: string,
  group: string,
  part: string | undefined,
  lane: BodyLane | null,
  nodes: Nodes,
  say: Say,
): void {
  const kind = nodes[group]?.kind;
  let at = lane;
  while (at !== null && at.group !== group) at = at.parent;
  if (at === null || (kind !== 'each' && kind !== 'loop')) {
    say(`${path} is not known here`, 'It is known within the ways of that each or loop.');
  } else if (part !== 'index' && !(part === 'item' && kind === 'each')) {
    say(`${path} leads nowhere`, `Known are ${kind === 'each' ? 'item and index' : 'index'}.`);
  }
}

function reportSight(
  path: string,
  name: string,
  part: 'output' | 'failure',
  optional: boolean,
  seen: Seen,
  { nodes, lanes, flow }: Graph,
  say: Say,
): void {
  if (part === 'output' && name === seen.unsure && !optional) {
    say(
      `${path}: ${name} has made nothing when it failed, and amends are made then too`,
      'Write "when: completed", or say with $else what holds without it.',
    );
    return;
  }
  const lane = lanes.get(name);
  if (lane === undefined) return; // nothing leads there, which is reported by itself
  if (!isAround(lane, seen.lane)) {
    const beside = besideOf(lane, seen.lane, nodes);
    if (beside === 'each') {
      say(
        `${path}: ${name} is done once for each item of ${lane?.group}`,
        `Use steps.${lane?.group}.output.items.`,
      );
      return;
    }
    if (beside === 'way') {
      say(
        `${path}: ${name} is on another way, which runs at the same time`,
        'Refer to it after the ways have joined.',
      );
      return;
    }
  }
  // Amends come later than everything: what they may refer to is a question of what was done, not of the order.
  if (seen.after) return;
  const reached = flow.from(name, part);
  if (seen.at.some((id) => reached.has(id))) return;
  const when = part === 'failure' ? 'failed' : 'run';
  say(
    `${path}: ${name} cannot have ${when} by then`,
    optional ? 'Remove the reference; it never finds anything.' : 'Refer to a step that comes before.',
  );
}

/** Why a lane that is not around is out of sight; null when it lies below and has ended. */
function besideOf(lane: BodyLane | null, from: BodyLane | null, nodes: Nodes): 'each' | 'way' | null {
  for (let at = lane; at !== null; at = at.parent) {
    if (isAround(at.parent, from)) {
      if (nodes[at.group]?.kind === 'each') return 'each';
      for (let own = from; own !== null; own = own.parent) if (own.group === at.group) return 'way';
      return null;
    }
    if (nodes[at.group]?.kind === 'each') return 'each';
  }
  return null;
}

interface Flow {
  /** Every node that can come after this one has succeeded, or has failed. */
  from(id: string, part: 'output' | 'failure'): ReadonlySet<string>;
}

/**
 * What can come after what. A join is followed by what follows its group. The passes of a loop do not see one
 * another, so the way from one to the next is none.
 */
function flowOf(nodes: Nodes): Flow {
  const known = new Map<string, ReadonlySet<string>>();
  const following = (node: SagaNode, part?: 'output' | 'failure'): string[] => {
    if (node.kind === 'join') {
      const group = nodes[node.of];
      return group === undefined ? [] : edgesOf(group).map(({ to }) => to);
    }
    const edges = edgesOf(node).filter(
      ({ kind }) =>
        part === undefined ||
        (kind === 'failure' || kind === 'timeout') === (part === 'failure') ||
        node.kind === 'loop',
    );
    return [...edges, ...(part === undefined ? entriesOf(node) : [])].map(({ to }) => to);
  };
  return {
    from(id, part) {
      const key = `${part} ${id}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const node = nodes[id];
      const reached = new Set(node === undefined ? [] : following(node, part));
      for (const one of reached) {
        const next = nodes[one];
        if (next !== undefined) for (const to of following(next)) reached.add(to);
      }
      known.set(key, reached);
      return reached;
    },
  };
}

const isJoinOf = (node: SagaNode | undefined, group: string): boolean =>
  node?.kind === 'join' && node.of === group;
