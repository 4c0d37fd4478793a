import type { DiagramEdge, DiagramNode, SagaDiagram } from '#contracts/diagram.ts';

/**
 * A diagram as a Mermaid flowchart. Nodes are numbered: ids may be words of Mermaid's own, such as `end`.
 * Source: https://mermaid.js.org/syntax/flowchart.html
 */
export function mermaidOf({ nodes, edges, lanes, start }: SagaDiagram): string {
  const numbers = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  const number = (id: string) => numbers.get(id) ?? 'n0';
  const titles = new Map(lanes.map(({ id, title }) => [id, title]));

  const within = (lane: readonly string[], indent: string): string[] => {
    const here = nodes.filter((node) => sameLane(node.lane, lane));
    const below = lanesBelow(nodes, lane);
    return [
      ...here.map((node) => `${indent}${number(node.id)}${shapeOf(node)}`),
      ...below.flatMap((id, index) => [
        `${indent}subgraph ${subgraphId(lane, id, index)}[${quoted(titles.get(id) ?? id)}]`,
        ...within([...lane, id], `${indent}  `),
        `${indent}end`,
      ]),
    ];
  };
  const subgraphId = (lane: readonly string[], id: string, index: number) =>
    `g${lanes.findIndex((one) => one.id === id)}_${lane.length}_${index}`;
  return [
    'flowchart TD',
    '  start(( ))',
    ...within([], '  '),
    `  start --> ${number(start)}`,
    ...edges.map((edge) => `  ${number(edge.from)} ${arrowOf(edge)} ${number(edge.to)}`),
    '  classDef amends stroke-dasharray: 4 3',
    '',
  ].join('\n');
}

const sameLane = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);

/** The lanes one level below, in the order of their first nodes. */
function lanesBelow(nodes: readonly DiagramNode[], lane: readonly string[]): string[] {
  const below = nodes
    .filter((node) => node.lane.length > lane.length && sameLane(node.lane.slice(0, lane.length), lane))
    .flatMap((node) => node.lane[lane.length] ?? []);
  return [...new Set(below)];
}

const shapes: Readonly<Record<DiagramNode['kind'], readonly [string, string]>> = {
  step: ['[', ']'],
  child: ['[[', ']]'],
  branch: ['{', '}'],
  model: ['{', '}'],
  timer: ['{{', '}}'],
  signal: ['{{', '}}'],
  task: ['[/', '/]'],
  undo: ['(', ')'],
  parallel: ['[', ']'],
  each: ['[', ']'],
  loop: ['[', ']'],
  join: ['(', ')'],
  end: ['([', '])'],
  compensation: ['[', ']'],
};

function shapeOf({ kind, title }: DiagramNode): string {
  const [open, close] = shapes[kind];
  return `${open}${quoted(title)}${close}${kind === 'compensation' ? ':::amends' : ''}`;
}

function arrowOf({ kind, label }: DiagramEdge): string {
  const text = label === '' ? '' : `|${quoted(label)}|`;
  if (kind === 'compensation') return `-.-${text}`;
  return kind === 'failure' || kind === 'timeout' ? `-.->${text}` : `-->${text}`;
}

/** Entities, as Mermaid wants them: by number between `#` and `;`. Anything but text could be taken for syntax. */
const quoted = (text: string): string =>
  `"${text.replaceAll(/[^\p{L}\p{N} .,:!?()'/+×–_-]/gu, (char) => `#${char.codePointAt(0)};`)}"`;
