import { type FloorMap, neighbours } from './map.ts';

/** What a step onto a cell costs beyond its length, in cells; infinite for a wall. */
export type CellCost = (cell: number) => number;
export type Router = (from: number, to: number, cost: CellCost) => number[] | null;

/**
 * A* over the cells of a floor. The route leaves out `from`; null when there is none.
 *
 * The scratch arrays are kept between calls and told apart by a generation, so that a plan costs what it
 * visits and not the size of the floor.
 */
export function createRouter(map: FloorMap): Router {
  const size = map.width * map.height;
  const length = new Float64Array(size);
  const came = new Int32Array(size);
  const seen = new Uint32Array(size);
  const closed = new Uint32Array(size);
  let generation = 0;

  return (from, to, cost) => {
    generation++;
    const heap = createHeap();
    const ahead = aheadOf(map, from, to);
    length[from] = 0;
    came[from] = -1;
    seen[from] = generation;
    heap.push(from, ahead(from));
    for (let cell = heap.pop(); cell !== undefined; cell = heap.pop()) {
      if (cell === to) return backtrack(came, from, to);
      if (closed[cell] === generation) continue;
      closed[cell] = generation;
      for (const next of neighbours(map, cell)) {
        if (closed[next] === generation) continue;
        const total = (length[cell] ?? 0) + 1 + cost(next);
        if (!Number.isFinite(total)) continue;
        if (seen[next] === generation && total >= (length[next] ?? 0)) continue;
        seen[next] = generation;
        length[next] = total;
        came[next] = cell;
        heap.push(next, total + ahead(next));
      }
    }
    return null;
  };
}

/** Manhattan distance; the small cross product prefers straight routes among equals. */
function aheadOf(map: FloorMap, from: number, to: number): (cell: number) => number {
  const toX = to % map.width;
  const toY = Math.floor(to / map.width);
  const startX = (from % map.width) - toX;
  const startY = Math.floor(from / map.width) - toY;
  return (cell) => {
    const x = (cell % map.width) - toX;
    const y = Math.floor(cell / map.width) - toY;
    return Math.abs(x) + Math.abs(y) + Math.abs(x * startY - startX * y) * 1e-6;
  };
}

function backtrack(came: Int32Array, from: number, to: number): number[] {
  const route: number[] = [];
  for (let cell = to; cell !== from; cell = came[cell] ?? from) route.push(cell);
  return route.reverse();
}

/** Binary heap of cells by estimate; equals leave in the order they came, so that plans repeat. */
function createHeap() {
  const cells: { cell: number; key: number; order: number }[] = [];
  let order = 0;
  const before = (a: number, b: number) => {
    const first = cells[a];
    const second = cells[b];
    if (first === undefined || second === undefined) return false;
    return first.key < second.key || (first.key === second.key && first.order < second.order);
  };
  const swap = (a: number, b: number) => {
    const first = cells[a];
    const second = cells[b];
    if (first === undefined || second === undefined) return;
    cells[a] = second;
    cells[b] = first;
  };
  return {
    push(cell: number, key: number) {
      cells.push({ cell, key, order: order++ });
      for (let at = cells.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    pop(): number | undefined {
      const top = cells[0];
      const last = cells.pop();
      if (top === undefined || last === undefined) return undefined;
      if (cells.length > 0) {
        cells[0] = last;
        for (let at = 0; ; ) {
          const left = 2 * at + 1;
          const child = before(left + 1, left) ? left + 1 : left;
          if (!before(child, at)) break;
          swap(at, child);
          at = child;
        }
      }
      return top.cell;
    },
  };
}
