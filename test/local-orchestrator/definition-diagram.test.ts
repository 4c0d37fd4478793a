import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SagaDiagram } from '#contracts/diagram.ts';
import { diagramOf, exampleSagas, mermaidOf } from '../../local-orchestrator/index.ts';
import { samples } from '../support/samples.ts';
import { definition } from './definition-arbitrary.ts';

const QUOTED = '"[^"]*"';
const SHAPE = `(?:\\[\\[${QUOTED}\\]\\]|\\[/${QUOTED}/\\]|\\[${QUOTED}\\]|\\(\\[${QUOTED}\\]\\)|\\(${QUOTED}\\)|\\{\\{${QUOTED}\\}\\}|\\{${QUOTED}\\})`;
const line = {
  node: new RegExp(`^(n\\d+)${SHAPE}(?::::amends)?$`),
  edge: new RegExp(`^(start|n\\d+) (?:-->|-\\.->|-\\.-)(?:\\|${QUOTED}\\|)? (n\\d+)$`),
  open: new RegExp(`^subgraph g\\w+\\[${QUOTED}\\]$`),
};

/** What we use of Mermaid's grammar, line by line; a quote or a bracket that got through would not fit it. */
function readMermaid(text: string) {
  const [head, start, ...lines] = text.trimEnd().split('\n');
  expect([head, start]).toEqual(['flowchart TD', '  start(( ))']);
  expect(lines.pop()).toBe('  classDef amends stroke-dasharray: 4 3');
  const nodes = new Set(['start']);
  const subgraphs: string[] = [];
  let edges = 0;
  let depth = 0;
  for (const one of lines.map((each) => each.trim())) {
    const node = line.node.exec(one)?.[1];
    const [, from, to] = line.edge.exec(one) ?? [];
    if (node !== undefined) nodes.add(node);
    else if (from !== undefined && to !== undefined) {
      edges += 1;
      expect([nodes.has(from), nodes.has(to)], one).toEqual([true, true]);
    } else if (line.open.test(one)) {
      depth += 1;
      subgraphs.push(one.split('[')[0] ?? '');
    } else {
      expect(one).toBe('end');
      depth -= 1;
    }
  }
  expect(depth).toBe(0);
  expect(new Set(subgraphs).size).toBe(subgraphs.length);
  return { nodes: nodes.size - 1, edges: edges - 1, subgraphs: subgraphs.length };
}

function expectWhole(diagram: SagaDiagram): void {
  const ids = new Set(diagram.nodes.map(({ id }) => id));
  const lanes = new Set(diagram.lanes.map(({ id }) => id));
  expect(ids.size).toBe(diagram.nodes.length);
  for (const { from, to } of diagram.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
  for (const { lane } of diagram.nodes) for (const id of lane) expect(lanes.has(id)).toBe(true);
  // Everything but the start is led to: a picture with loose ends would be wrong.
  const ledTo = new Set([diagram.start, ...diagram.edges.map(({ to }) => to)]);
  expect([...ids].filter((id) => !ledTo.has(id))).toEqual([]);
}

test('any definition is drawn whole, and in the grammar of Mermaid', () => {
  fc.assert(
    fc.property(definition, (made) => {
      const diagram = diagramOf(made);
      expectWhole(diagram);
      const drawn = readMermaid(mermaidOf(diagram));
      expect(drawn.nodes).toBe(diagram.nodes.length);
      expect(drawn.edges).toBe(diagram.edges.length);
      expect(drawn.subgraphs).toBeLessThanOrEqual(diagram.lanes.length);
    }),
    samples(50),
  );
});

describe('a shipped saga', () => {
  test.each(exampleSagas().map((one) => [one.name, one] as const))('%s is drawn', (_name, saga) => {
    const diagram = diagramOf(saga);
    expectWhole(diagram);
    readMermaid(mermaidOf(diagram));
    expect(diagramOf(JSON.parse(JSON.stringify(saga)))).toEqual(diagram);
    expect(diagram.edges.some(({ kind }) => kind === 'compensation')).toBe(true);
    expect(diagram.nodes.some(({ kind }) => kind === 'task')).toBe(true);
  });
});

test('ways are drawn around their nodes, and what follows leads from where they join', () => {
  const saga = exampleSagas().find(({ name }) => name === 'dock-handoff');
  if (saga === undefined) throw new Error('no dock-handoff');
  const { nodes, lanes, edges } = diagramOf(saga);
  const [way] = lanes;
  const inside = nodes.filter(({ lane }) => lane.includes(way?.id ?? ''));
  expect(inside.map(({ kind }) => kind)).toContain('join');
  const join = inside.find(({ kind }) => kind === 'join');
  expect(edges.filter(({ from }) => from === join?.id).length).toBeGreaterThan(0);
  expect(edges.filter(({ from, kind }) => from === way?.group && kind === 'next')).toHaveLength(1);
});
