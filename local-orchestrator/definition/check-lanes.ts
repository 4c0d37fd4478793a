import type { SagaDefinition, SagaNode } from '#contracts/sagas.ts';
import { edgesOf, entriesOf } from './edges.ts';
import type { Report } from './finding.ts';

/** The way of a group that a node is in; null at the top. Of an each or a loop there is one way for all passes. */
export interface BodyLane {
  readonly group: string;
  readonly way: number;
  readonly parent: BodyLane | null;
}
/** The edge by which a node is come to. */
interface Source {
  readonly id: string;
  readonly path: readonly (string | number)[];
}
export type Lanes = ReadonlyMap<string, BodyLane | null>;

/**
 * Says which way each node is in, and reports ways that are left other than by their join, or entered from beside.
 * A node that nothing leads to is in none.
 */
export function reportLanes({ nodes, start }: SagaDefinition, report: Report): Lanes {
  const lanes = new Map<string, BodyLane | null>();
  const entries: { to: string; lane: BodyLane; from: Source }[] = [];

  const walk = (first: string, lane: BodyLane | null, from: Source | null): void => {
    const work = [{ id: first, from }];
    for (const { id, from: before } of work) {
      const known = lanes.get(id);
      if (known !== undefined) {
        // All ways of a group may end in one join.
        const joined = nodes[id]?.kind === 'join' && known?.group === lane?.group;
        if (known !== lane && !joined && before !== null) reportCrossing(before, lane, id, known, report);
        continue;
      }
      lanes.set(id, lane);
      const node = nodes[id];
      if (node === undefined) continue;
      if (node.kind === 'join') reportJoin(id, node.of, lane, nodes, report);
      for (const { to, path } of edgesOf(node)) work.push({ id: to, from: { id, path } });
      for (const [way, { to, path }] of entriesOf(node).entries()) {
        entries.push({ to, lane: { group: id, way, parent: lane }, from: { id, path } });
      }
    }
  };
  walk(start, null, null);
  // Level by level: what lies further out is known before what lies within.
  for (const { to, lane, from } of entries) walk(to, lane, from);
  return lanes;
}

/** Whether what happened in `lane` is known in `from`: it is above it, or it is the same. */
export function isAround(lane: BodyLane | null, from: BodyLane | null): boolean {
  for (let at = from; ; at = at.parent) {
    if (at === lane) return true;
    if (at === null) return false;
  }
}

function reportJoin(
  id: string,
  of: string,
  lane: BodyLane | null,
  nodes: SagaDefinition['nodes'],
  report: Report,
): void {
  const path = ['nodes', id, 'of'];
  if (!isGroup(nodes[of])) {
    report(path, `${of} is no parallel, each or loop`, 'Name the group whose way ends here.');
  } else if (lane === null) {
    report(path, `joins ${of}, but is not within it`, `Lead here only from within a way of ${of}.`);
  } else if (lane.group !== of) {
    report(path, `joins ${of} from within ${lane.group}`, `End this way in a join of ${lane.group}.`);
  }
}

const isGroup = (node: SagaNode | undefined): boolean =>
  node?.kind === 'parallel' || node?.kind === 'each' || node?.kind === 'loop';

function reportCrossing(
  from: Source,
  lane: BodyLane | null,
  to: string,
  toLane: BodyLane | null,
  report: Report,
): void {
  const path = ['nodes', from.id, ...from.path];
  if (lane !== null && from.id === lane.group) {
    const problem = `its way begins at ${to}, which is led to from elsewhere as well`;
    report(path, problem, `Lead to ${from.id} itself, or give the way nodes of its own.`);
  } else if (lane !== null && isAround(toLane, lane)) {
    const problem = `leads out of its way of ${lane.group} to ${to}`;
    report(path, problem, `End the way in a join of ${lane.group}; ${to} can come after ${lane.group}.`);
  } else {
    const group = toLane?.group ?? to;
    const problem = `leads to ${to}, which is within ${toLane === null ? 'no group' : `a way of ${group}`}`;
    report(path, problem, `Lead to ${group} itself, or give this way nodes of its own.`);
  }
}
