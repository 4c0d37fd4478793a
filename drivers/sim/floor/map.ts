import { ApplianceError } from '#contracts/errors.ts';

/** Cells of a floor; a cell is an index, row by row. */
export const FLOOR_CELLS_MAX = 1_000_000;

export interface FloorMap {
  readonly width: number;
  readonly height: number;
  readonly metresPerCell: number;
  readonly rows: readonly string[];
  /** 1 where a robot may drive. */
  readonly free: Uint8Array;
}

/**
 * Reads a floor in the octile format.
 *
 * Shape:  `type octile`, `height h`, `width w`, `map`, then h rows of w characters.
 * Errors: DRV_SIM_MAP with the line that is wrong.
 * Source: movingai.com/benchmarks/formats.html: `.`, `G` and `S` can be crossed, `@`, `O`, `T` and `W` cannot.
 */
export function parseFloorMap(text: string, metresPerCell = 1): FloorMap {
  const lines = text.split(/\r?\n/);
  const bad = (line: number, problem: string) => new ApplianceError('DRV_SIM_MAP', { line, problem });
  if (lines[0]?.trim() !== 'type octile') throw bad(1, 'expected "type octile"');
  const height = numberAfter(lines[1], 'height');
  if (height === undefined) throw bad(2, 'expected "height" and a number');
  const width = numberAfter(lines[2], 'width');
  if (width === undefined) throw bad(3, 'expected "width" and a number');
  if (width * height > FLOOR_CELLS_MAX) throw bad(3, `more than ${FLOOR_CELLS_MAX} cells`);
  if (lines[3]?.trim() !== 'map') throw bad(4, 'expected "map"');
  const rows = lines.slice(4, 4 + height);
  for (let y = 0; y < height; y++) {
    const row = rows[y] ?? '';
    if (row.length !== width) throw bad(5 + y, `expected ${width} characters, found ${row.length}`);
    if (!/^[.GS@OTW]*$/.test(row)) throw bad(5 + y, 'a cell is one of . G S @ O T W');
  }
  const free = Uint8Array.from(rows.join(''), (cell) => ('.GS'.includes(cell) ? 1 : 0));
  if (!free.includes(1)) throw bad(5, 'no cell is free');
  return { width, height, metresPerCell, rows, free };
}

function numberAfter(line: string | undefined, word: string): number | undefined {
  const found = line?.trim().match(/^(\w+)\s+(\d{1,6})$/);
  return found?.[1] === word && Number(found[2]) > 0 ? Number(found[2]) : undefined;
}

/** Cell c covers [c, c + 1) cells of the frame of the map, so its middle is at c + 0.5. */
export function cellAt(map: FloorMap, x: number, y: number): number {
  const column = clamp(Math.floor(x / map.metresPerCell), map.width - 1);
  const row = clamp(Math.floor(y / map.metresPerCell), map.height - 1);
  return row * map.width + column;
}

export function middleOf(map: FloorMap, cell: number): { x: number; y: number } {
  return {
    x: ((cell % map.width) + 0.5) * map.metresPerCell,
    y: (Math.floor(cell / map.width) + 0.5) * map.metresPerCell,
  };
}

const clamp = (value: number, max: number) => Math.max(0, Math.min(max, value));

/** Free cells beside a cell: north, east, south, west. Robots keep to the grid lanes and do not cut corners. */
export function neighbours(map: FloorMap, cell: number): number[] {
  const column = cell % map.width;
  const around = [
    cell - map.width,
    column + 1 < map.width ? cell + 1 : -1,
    cell + map.width,
    column > 0 ? cell - 1 : -1,
  ];
  return around.filter((next) => map.free[next] === 1);
}

/**
 * Where a robot stands to serve a place: its own cell when that is free, else the nearest free one by straight
 * distance, the north-western of equals. A place of a rack may thus lie on the rack.
 */
export function standingCell(map: FloorMap, x: number, y: number): number {
  const wanted = cellAt(map, x, y);
  if (map.free[wanted] === 1) return wanted;
  const column = wanted % map.width;
  const row = Math.floor(wanted / map.width);
  let best = -1;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let radius = 1; radius < map.width + map.height && radius * radius <= bestDistance; radius++) {
    for (let y1 = Math.max(0, row - radius); y1 <= Math.min(map.height - 1, row + radius); y1++) {
      for (let x1 = Math.max(0, column - radius); x1 <= Math.min(map.width - 1, column + radius); x1++) {
        const distance = (x1 - column) ** 2 + (y1 - row) ** 2;
        const cell = y1 * map.width + x1;
        if (map.free[cell] === 1 && distance < bestDistance) {
          best = cell;
          bestDistance = distance;
        }
      }
    }
  }
  return best;
}
