import type { SagaDiagram } from '#contracts/diagram.ts';
import { cut } from './node-box.ts';

type DiagramNode = SagaDiagram['nodes'][number];
type DiagramEdge = SagaDiagram['edges'][number];
type DiagramLane = SagaDiagram['lanes'][number];

/** What lies side by side: the top of a definition, or one way of a group. */
export interface Level {
  readonly nodes: readonly DiagramNode[];
  /** Groups whose ways are blocks of this level. */
  readonly blocks: readonly { readonly group: string; readonly lanes: readonly DiagramLane[] }[];
  /** Edges between its units, with the unit at either end: a node or the block of a group. */
  readonly edges: readonly { readonly edge: DiagramEdge; readonly from: string; readonly to: string }[];
}

export const TOP = '';
export const blockOf = (group: string): string => `${group}#`;

/**
 * Sorts a diagram into levels, by the id of their way. Amends are no nodes here: they are drawn within what they
 * are for. A join stands below the ways that meet in it, not within one of them.
 */
export function levelsOf({ nodes, edges, lanes }: SagaDiagram): ReadonlyMap<string, Level> {
  const acts = nodes.filter(({ kind }) => kind !== 'compensation');
  const paths = new Map(acts.map((node) => [node.id, pathOf(node)]));
  const groupOf = new Map(lanes.map(({ id, group }) => [id, group]));
  const placed = merged(edges).flatMap((edge) => {
    const from = paths.get(edge.from);
    const to = paths.get(edge.to);
    if (from === undefined || to === undefined) return [];
    const depth = sharedCount(from, to);
    const unitOf = (id: string, path: readonly string[]) => {
      const lane = path[depth];
      return lane === undefined ? id : blockOf(groupOf.get(lane) ?? '');
    };
    const row = { edge, from: unitOf(edge.from, from), to: unitOf(edge.to, to) };
    return [{ ...row, level: from[depth - 1] ?? TOP }];
  });
  const levelOf = (id: string) => paths.get(id)?.at(-1) ?? TOP;
  return new Map(
    [TOP, ...lanes.map(({ id }) => id)].map((level) => [
      level,
      {
        nodes: acts.filter(({ id }) => levelOf(id) === level),
        blocks: [...Map.groupBy(lanes, ({ group }) => group)]
          .filter(([group]) => levelOf(group) === level)
          .map(([group, ways]) => ({ group, lanes: ways })),
        edges: placed.filter((row) => row.level === level),
      },
    ]),
  );
}

const LABEL_CHARS = 22;

/** Several reasons to go the same way are one line with all of them on it. */
const merged = (edges: readonly DiagramEdge[]): DiagramEdge[] =>
  [...Map.groupBy(edges, ({ from, to, kind }) => JSON.stringify([from, to, kind])).values()].flatMap(
    ([first, ...more]) => {
      if (first === undefined) return [];
      const labels = [first, ...more].map(({ label }) => inWords(label)).filter((label) => label !== '');
      return [{ ...first, label: cut(labels.join(', '), LABEL_CHARS) }];
    },
  );

/** A failure has a code for programs; on a picture it is read by people. */
const inWords = (label: string): string =>
  label.replace(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g, (code) => code.toLowerCase().replaceAll('_', ' '));

const pathOf = ({ kind, lane }: DiagramNode): readonly string[] =>
  kind === 'join' ? lane.slice(0, -1) : lane;

function sharedCount(a: readonly string[], b: readonly string[]): number {
  const differ = a.findIndex((lane, index) => lane !== b[index]);
  return differ === -1 ? a.length : differ;
}
