import type { Floor } from '#contracts/api.ts';
import { toCell } from './floor-plan.ts';

type Place = Floor['places'][number];

/** Below it names would run into one another; the lists beside the map name the places too. */
const LABEL_CELL_PX_MIN = 13;
const MARK_PX_MIN = 9;
/** Room a name needs, in pixels. */
const LABEL_PX = 90;

const shapes: Readonly<Record<Place['kind'], string>> = {
  rack: '',
  reserve: '',
  receiving: 'M-10 -10h20v20h-20zM0 -6v11M-5 0l5 5 5-5',
  induct: 'M-10 -10h20v20h-20zM-5 0h9M1 -4l4 4-4 4',
  packing: 'M-10 -10h20v20h-20zM-10 -3h20M0 -10v7',
  park: 'M-10 -10h20v20h-20zM-3 6v-12h4a3.500 3.500 0 0 1 0 7h-4',
  charge: 'M-10 -10h20v20h-20zM2 -7 -4 1h4l-2 6 6-8H0z',
  dock: 'M-10 -10h20v20h-20zM-6 -4h12M-6 0h12M-6 4h12',
  reject: 'M-10 -10h20v20h-20zM-5 -5 5 5M5 -5 -5 5',
};

export function PlaceMark({ place, floor, cellPx }: { place: Place; floor: Floor; cellPx: number }) {
  const shape = shapes[place.kind];
  if (shape === '') return null;
  const size = Math.max(MARK_PX_MIN, Math.min(30, cellPx * 1.1));
  const label = labelBeside(
    toCell(place.x, floor) * cellPx,
    floor.width * cellPx,
    size,
    isCrowded(place, floor),
  );
  return (
    <g
      class={`place place-${place.kind}`}
      transform={`translate(${toCell(place.x, floor)} ${toCell(place.y, floor)}) scale(${1 / cellPx})`}
    >
      <path d={shape} transform={`scale(${size / 24})`} />
      {cellPx < LABEL_CELL_PX_MIN ? (
        <title>{place.id}</title>
      ) : (
        <text class="map-label" x={label.x} y={label.y} text-anchor={label.anchor}>
          {place.id}
        </text>
      )}
    </g>
  );
}

/** Whether another mark stands where the name below this one would. */
const isCrowded = (place: Place, floor: Floor): boolean =>
  floor.places.some((other) => {
    const across = Math.abs(toCell(other.x - place.x, floor));
    const down = Math.abs(toCell(other.y - place.y, floor));
    return other !== place && other.kind !== 'rack' && across < 2 && down < 2;
  });

/** Names stand on the side of the mark that has room: inwards at the edges of the floor, else below. */
function labelBeside(
  x: number,
  width: number,
  size: number,
  crowded: boolean,
): { x: number; y: number; anchor: 'start' | 'middle' | 'end' } {
  if (x < LABEL_PX / 2) return { x: size / 2 + 5, y: 4, anchor: 'start' };
  if (crowded || x > width - LABEL_PX / 2) return { x: -size / 2 - 5, y: 4, anchor: 'end' };
  return { x: 0, y: size / 2 + 13, anchor: 'middle' };
}
