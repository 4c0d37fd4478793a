import type { Floor } from '#contracts/api.ts';

/** A small warehouse: docks and chargers west, racks in the middle, the line with its lanes east. */
const width = 43;
const height = 21;

function row(y: number): string {
  if (y === 0 || y === height - 1) return '@'.repeat(width);
  const rack = y >= 3 && y <= 16 && (y - 3) % 3 !== 2;
  const cells = Array.from({ length: width }, (_, x) => {
    if (x === 0 || x === width - 1) return '@';
    const bay = x >= 7 && x <= 32 && (x - 7) % 9 !== 8;
    return rack && bay ? 'T' : '.';
  });
  return cells.join('');
}

export const floor: Floor = {
  width,
  height,
  metresPerCell: 1,
  rows: Array.from({ length: height }, (_, y) => row(y)),
  places: [
    { id: 'induct-1', kind: 'induct', x: 37.5, y: 3.5 },
    { id: 'packing-1', kind: 'packing', x: 40.5, y: 7.5 },
    { id: 'packing-2', kind: 'packing', x: 40.5, y: 10.5 },
    { id: 'packing-3', kind: 'packing', x: 40.5, y: 13.5 },
    { id: 'reject', kind: 'reject', x: 40.5, y: 17.5 },
    { id: 'charge-1', kind: 'charge', x: 1.5, y: 2.5 },
    { id: 'charge-2', kind: 'charge', x: 1.5, y: 4.5 },
    { id: 'dock-1', kind: 'dock', x: 1.5, y: 9.5 },
    { id: 'dock-2', kind: 'dock', x: 1.5, y: 12.5 },
    { id: 'park-1', kind: 'park', x: 3.5, y: 18.5 },
    { id: 'park-2', kind: 'park', x: 6.5, y: 18.5 },
    { id: 'rack-5-9', kind: 'rack', x: 9.5, y: 4.5 },
    { id: 'rack-8-20', kind: 'rack', x: 20.5, y: 7.5 },
  ],
};

/** Rounds through the aisles, in metres; a robot follows one for ever. */
export const rounds: readonly (readonly [number, number])[][] = [
  [
    [5.5, 2.5],
    [34.5, 2.5],
    [37.5, 2.5],
    [34.5, 5.5],
    [5.5, 5.5],
  ],
  [
    [34.5, 8.5],
    [15.5, 8.5],
    [15.5, 11.5],
    [34.5, 11.5],
    [36.5, 4.5],
  ],
  [
    [24.5, 14.5],
    [5.5, 14.5],
    [5.5, 11.5],
    [24.5, 11.5],
  ],
  [
    [33.5, 17.5],
    [5.5, 17.5],
    [5.5, 8.5],
    [33.5, 8.5],
  ],
];
