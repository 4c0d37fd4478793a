import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SagaDiagram } from '#contracts/diagram.ts';
import { diagramOf, exampleSagas } from '../../local-orchestrator/index.ts';
import { type Box, layOut } from '../../ui/src/sagas/diagram-layout.ts';
import { wrap } from '../../ui/src/sagas/node-box.ts';
import { definition } from '../local-orchestrator/definition-arbitrary.ts';
import { samples } from '../support/samples.ts';

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const holds = (outer: Box, inner: Box): boolean =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

/** What must hold of any picture, whatever it shows. */
function expectReadable(diagram: SagaDiagram): void {
  const layout = layOut(diagram);
  const acts = diagram.nodes.filter(({ kind }) => kind !== 'compensation');
  expect(layout.nodes.map(({ id }) => id).toSorted()).toEqual(acts.map(({ id }) => id).toSorted());
  expect(layout.nodes.filter(({ amends }) => amends !== null).length).toBe(
    diagram.nodes.length - acts.length,
  );
  layout.nodes.forEach((node, index) => {
    for (const other of layout.nodes.slice(0, index)) {
      expect(overlap(node, other), `${node.id} lies on ${other.id}`).toBe(false);
    }
    expect(holds({ x: 0, y: 0, width: layout.width, height: layout.height }, node), node.id).toBe(true);
  });
  const boxes = new Map(layout.nodes.map((node) => [node.id, node]));
  for (const { id, kind, lane } of acts) {
    const node = boxes.get(id);
    for (const { id: laneId, ...box } of layout.lanes) {
      const within = lane.includes(laneId) && !(kind === 'join' && lane.at(-1) === laneId);
      if (node !== undefined)
        expect(within ? holds(box, node) : !overlap(box, node), `${id} ${laneId}`).toBe(true);
    }
  }
  const drawn = diagram.edges.filter(({ kind }) => kind !== 'compensation');
  const told = new Set(drawn.map(({ from, to, kind }) => `${from} ${to} ${kind}`));
  expect(new Set(layout.edges.map(({ from, to, kind }) => `${from} ${to} ${kind}`))).toEqual(told);
  expect(layout.edges.length).toBe(told.size);
  for (const { from, to, points, back } of layout.edges) {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) throw new Error('an edge has two ends');
    const touches = (id: string, { x, y }: { x: number; y: number }) =>
      holds(boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }, { x, y, width: 0, height: 0 });
    expect([touches(from, first), touches(to, last)], `${from} to ${to}`).toEqual([true, true]);
    if (!back)
      expect(
        points.map(({ y }) => y),
        `${from} to ${to}`,
      ).toEqual(points.map(({ y }) => y).toSorted((a, b) => a - b));
  }
}

test('any definition gets a picture in which nothing lies on anything else', () => {
  fc.assert(
    fc.property(definition, (made) => expectReadable(diagramOf(made))),
    samples(150),
  );
});

describe.each(exampleSagas().map((saga) => [saga.name, saga] as const))('the shipped %s', (_, saga) => {
  test('is drawn readably, and always in the same way', () => {
    const diagram = diagramOf(saga);
    expectReadable(diagram);
    expect(layOut(structuredClone(diagram))).toEqual(layOut(diagram));
  });
});

const chain = (edges: readonly [string, string][]): SagaDiagram => ({
  name: 'chain',
  version: 1,
  title: 'Chain',
  start: 'a',
  nodes: [...new Set(edges.flat())].map((id) => ({ id, kind: 'step', title: id, lane: [] })),
  edges: edges.map(([from, to]) => ({ from, to, kind: 'next', label: '' })),
  lanes: [],
});

test('steps that follow one another stand straight below one another', () => {
  const { nodes, edges } = layOut(
    chain([
      ['a', 'b'],
      ['b', 'c'],
    ]),
  );
  expect(new Set(nodes.map(({ x }) => x)).size).toBe(1);
  expect(edges.every(({ points }) => new Set(points.map(({ x }) => x)).size === 1)).toBe(true);
});

test('a way back up goes along the side, and past nothing', () => {
  const { nodes, edges, width } = layOut(
    chain([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ]),
  );
  const back = edges.find(({ from }) => from === 'c');
  expect(back?.back).toBe(true);
  const [outermost = 0] = (back?.points ?? []).map(({ x }) => x).toSorted((a, b) => b - a);
  expect(outermost).toBeGreaterThan(Math.max(...nodes.map((node) => node.x + node.width)));
  expect(outermost).toBeLessThan(width);
});

test('an edge that passes layers by goes around what stands in them', () => {
  const { nodes, edges } = layOut(
    chain([
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ]),
  );
  const middle = nodes.find(({ id }) => id === 'b');
  const long = edges.find(({ from, to }) => from === 'a' && to === 'c');
  if (middle === undefined || long === undefined) throw new Error('they are drawn');
  for (const { x, y } of long.points) expect(overlap(middle, { x, y, width: 0.1, height: 0.1 })).toBe(false);
});

test('titles break at words, and a long one is cut', () => {
  expect(wrap('Reserve inventory')).toEqual(['Reserve inventory']);
  expect(wrap('Drive to the induct of packing')).toEqual(['Drive to the induct', 'of packing']);
  expect(wrap('Donaudampfschifffahrtsgesellschaftskapitän im Dienst')[0]).toHaveLength(21);
  expect(wrap('one two three four five six seven eight nine ten eleven').at(-1)).toMatch(/…$/);
});
