import type { LaidEdge } from './diagram-layout.ts';
import type { Point } from './layers.ts';

const ARROW = 7;

/** A line to what comes next; broken for what comes of a failure. Darker where it has been gone. */
export function EdgeMark({ edge, passed }: { edge: LaidEdge; passed: boolean }) {
  const words = wordsAt(edge);
  return (
    <g class={passed ? `diagram-edge edge-${edge.kind} edge-passed` : `diagram-edge edge-${edge.kind}`}>
      <path class="edge-line" d={edge.back ? cornered(edge.points) : curved(edge.points)} />
      <path class="edge-head" d={arrow(edge)} />
      {edge.label === '' ? null : (
        <text x={words.x} y={words.y} text-anchor={edge.back ? 'start' : 'middle'}>
          {edge.label}
        </text>
      )}
    </g>
  );
}

/** Leaves and arrives upright; bends only between two layers. */
export function curved(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let from = first;
  const parts = rest.map((to, index) => {
    const y = index === rest.length - 1 ? to.y - ARROW : to.y;
    const middle = (from.y + y) / 2;
    const part = from.x === to.x ? `L${to.x} ${y}` : `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${y}`;
    from = to;
    return part;
  });
  return [`M${first.x} ${first.y}`, ...parts].join('');
}

/** A way back up: between the layers, along the side, and between the layers again. */
const cornered = (points: readonly Point[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');

function arrow({ points }: LaidEdge): string {
  const { x, y } = points.at(-1) ?? { x: 0, y: 0 };
  return `M${x} ${y}L${x - 5} ${y - ARROW - 2}H${x + 5}Z`;
}

const WORDS_GAP = 8;
/** A point a little past the middle of the curve, where neighbours have parted: t = 0.62. */
const PART_X = 0.68;
const PART_Y = 0.59;

/** Where an edge has parted from its neighbours: at its first bend, or past half-way. */
function wordsAt({ points, back }: LaidEdge): Point {
  const [first = { x: 0, y: 0 }, second = first, third] = points;
  if (back) return { x: second.x + WORDS_GAP, y: second.y - 3 };
  if (third !== undefined) return { x: second.x, y: second.y + 4 };
  return { x: first.x + (second.x - first.x) * PART_X, y: first.y + (second.y - first.y) * PART_Y + 4 };
}
