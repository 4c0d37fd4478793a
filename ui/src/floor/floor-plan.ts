import type { Floor } from '#contracts/api.ts';

/** A block of equal cells, in cells. */
export interface Block {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Covers all cells of one kind with few rectangles: runs of a row, joined downwards while they are equal.
 * A map of 127 × 41 cells becomes some dozens of shapes instead of thousands.
 */
export function blocksOf(rows: readonly string[], cell: string): Block[] {
  const done: Block[] = [];
  let open: Block[] = [];
  rows.forEach((row, y) => {
    const runs = runsOf(row, cell);
    const next: Block[] = runs.map(({ x, width }) => {
      const above = open.find((block) => block.x === x && block.width === width);
      return above === undefined ? { x, y, width, height: 1 } : { ...above, height: above.height + 1 };
    });
    done.push(...open.filter((block) => !next.some((grown) => grown.x === block.x && grown.y === block.y)));
    open = next;
  });
  return [...done, ...open];
}

function runsOf(row: string, cell: string): { x: number; width: number }[] {
  const runs: { x: number; width: number }[] = [];
  let start = -1;
  for (let x = 0; x <= row.length; x += 1) {
    if (row[x] === cell) {
      if (start < 0) start = x;
    } else if (start >= 0) {
      runs.push({ x: start, width: x - start });
      start = -1;
    }
  }
  return runs;
}

export const pathOf = (blocks: readonly Block[]): string =>
  blocks.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h${-width}z`).join('');

/** Metres of the map's frame to cells of the drawing. Row 0 is y = 0, so y grows downwards in both. */
export const toCell = (metres: number, floor: Pick<Floor, 'metresPerCell'>): number =>
  metres / floor.metresPerCell;

/**
 * The conveyor as a drawing: the map does not hold its track, but it takes totes from the induct to packing
 * and reject places, so it is drawn as straight legs between them.
 */
export function conveyorPath(floor: Floor): string {
  const inducts = floor.places.filter((place) => place.kind === 'induct');
  const ends = floor.places.filter((place) => place.kind === 'packing' || place.kind === 'reject');
  return inducts
    .flatMap((induct) =>
      ends.map((end) => {
        const [x, y] = [toCell(induct.x, floor), toCell(induct.y, floor)];
        return `M${x} ${y}H${(x + toCell(end.x, floor)) / 2}V${toCell(end.y, floor)}H${toCell(end.x, floor)}`;
      }),
    )
    .join('');
}
