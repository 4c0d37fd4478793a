import type { PlaceConfig } from '#contracts/site-file.ts';
import { type FloorMap, middleOf, neighbours } from './map.ts';

/** Lanes of the line when the places are derived from a map. */
const PACKING_LANES = 3;
/** m between the last rack and the line, and between its lanes. */
const LANE_PITCH = 3;

/**
 * Places for a floor that comes without any: every rack cell that an aisle touches, charging places along the west
 * side, induct and lanes along the east side, as on the floors of the benchmarks (docks west, packing east).
 */
export function placesFor(map: FloorMap, robots: number): PlaceConfig[] {
  return [...chargePlaces(map, robots), ...linePlaces(map), ...rackPlaces(map)];
}

function rackPlaces(map: FloorMap): PlaceConfig[] {
  const places: PlaceConfig[] = [];
  map.rows.forEach((row, y) => {
    [...row].forEach((character, x) => {
      const cell = y * map.width + x;
      if (character === 'T' && neighbours(map, cell).length > 0) {
        places.push({ id: `rack-${y}-${x}`, kind: 'rack', ...middleOf(map, cell) });
      }
    });
  });
  return places;
}

/** One charging place per robot, in the westernmost free column, every other cell, from the north. */
function chargePlaces(map: FloorMap, robots: number): PlaceConfig[] {
  const places: PlaceConfig[] = [];
  for (let x = 0; x < map.width && places.length < robots; x++) {
    for (let y = 0; y < map.height && places.length < robots; y += 2) {
      const cell = y * map.width + x;
      if (map.free[cell] === 1) {
        places.push({ id: `charge-${places.length + 1}`, kind: 'charge', ...middleOf(map, cell) });
      }
    }
  }
  return places;
}

/** Induct in the middle of the easternmost free column; the lanes lie south of it, the reject lane last. */
function linePlaces(map: FloorMap): PlaceConfig[] {
  const columns = Array.from({ length: map.width }, (_, x) => map.width - 1 - x);
  const rowsOf = (x: number) =>
    Array.from({ length: map.height }, (_, y) => y).filter((y) => map.free[y * map.width + x] === 1);
  const x = columns.find((column) => rowsOf(column).length > 0) ?? 0;
  const rows = rowsOf(x);
  const y = rows[Math.floor(rows.length / 3)] ?? 0;
  const at = (index: number) =>
    middleOf(map, Math.min(map.height - 1, y + index * LANE_PITCH) * map.width + x);
  return [
    { id: 'induct', kind: 'induct', ...at(0) },
    ...Array.from(
      { length: PACKING_LANES },
      (_, lane): PlaceConfig => ({
        id: `packing-${lane + 1}`,
        kind: 'packing',
        ...at(lane + 1),
      }),
    ),
    { id: 'reject', kind: 'reject', ...at(PACKING_LANES + 1) },
  ];
}
