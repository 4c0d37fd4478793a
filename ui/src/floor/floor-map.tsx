import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Floor, Robot } from '#contracts/api.ts';
import { covers } from '../data/protects.ts';
import { devices, holding, isStopped, robotPlace, robots } from '../data/site.ts';
import { robotWords } from '../parts/words.ts';
import { href } from '../router.ts';
import { blocksOf, conveyorPath, pathOf, toCell } from './floor-plan.ts';
import { PlaceMark } from './place-mark.tsx';
import { RobotMark } from './robot-mark.tsx';

/** Pixels: a robot must be found on a phone, and must not hide an aisle on a wall screen. */
const ROBOT_PX_MIN = 18;
const ROBOT_PX_MAX = 34;
/** A glove's fingertip, in pixels across. */
const TOUCH_PX = 48;
/** Below it whole names would run into one another. */
const NAME_CELL_PX_MIN = 13;
/** Below it the map scrolls in its frame instead of shrinking to dust. */
const CELL_PX_MIN = 7;

/** Cells of the octile format that are neither free nor a rack. */
const WALLS = '@OW';

export function FloorMap({ floor, chosen }: { floor: Floor; chosen: string | null }) {
  const frame = useRef<HTMLDivElement>(null);
  const cellPx = useCellPx(frame, floor.width);
  return (
    <div class={isStopped.value ? 'map-frame map-stopped' : 'map-frame'} ref={frame}>
      <svg
        class="map"
        role="presentation"
        viewBox={`0 0 ${floor.width} ${floor.height}`}
        width={floor.width * cellPx}
        height={floor.height * cellPx}
      >
        <Plan floor={floor} />
        {floor.places.map((place) => (
          <PlaceMark key={place.id} place={place} floor={floor} cellPx={cellPx} />
        ))}
        <Robots floor={floor} cellPx={cellPx} chosen={chosen} />
      </svg>
    </div>
  );
}

/** Walls, racks and conveyor never change while the page is open. */
function Plan({ floor }: { floor: Floor }) {
  const shapes = useMemo(
    () => ({
      walls: pathOf([...WALLS].flatMap((cell) => blocksOf(floor.rows, cell))),
      racks: blocksOf(floor.rows, 'T'),
      conveyor: conveyorPath(floor),
    }),
    [floor],
  );
  const held = conveyorIsHeld();
  return (
    <g class="map-plan">
      <rect class="map-ground" width={floor.width} height={floor.height} />
      <path class="map-wall" d={shapes.walls} />
      {shapes.racks.map((rack) => (
        <g key={`${rack.x} ${rack.y}`}>
          <rect
            class="map-rack"
            x={rack.x + 0.08}
            y={rack.y + 0.08}
            width={rack.width - 0.16}
            height={rack.height - 0.16}
            rx="0.18"
          />
          <path class="map-shelf" d={shelves(rack)} />
        </g>
      ))}
      <path class={held ? 'map-conveyor map-conveyor-held' : 'map-conveyor'} d={shapes.conveyor} />
      <path class="map-belt" d={shapes.conveyor} />
    </g>
  );
}

/** Reads signals, so that the plan is drawn anew when an interlock or a device changes. */
function conveyorIsHeld(): boolean {
  const conveyors = devices.value
    .flatMap((device) => device.capabilities)
    .filter((capability) => capability.kind === 'Conveyor');
  return holding.value.some((interlock) =>
    interlock.protects.some((pattern) => conveyors.some((conveyor) => covers(pattern, conveyor.id))),
  );
}

function shelves(rack: { x: number; y: number; width: number; height: number }): string {
  const bays = Array.from(
    { length: rack.width - 1 },
    (_, bay) => `M${rack.x + bay + 1} ${rack.y + 0.2}v${rack.height - 0.4}`,
  );
  const spine = rack.height > 1 ? `M${rack.x + 0.1} ${rack.y + rack.height / 2}h${rack.width - 0.2}` : '';
  return spine + bays.join('');
}

function Robots({ floor, cellPx, chosen }: { floor: Floor; cellPx: number; chosen: string | null }) {
  const layer = useRef<SVGGElement>(null);
  useEffect(() => animate(layer, floor), [floor]);
  const size = Math.min(ROBOT_PX_MAX, Math.max(ROBOT_PX_MIN, cellPx * 1.15));
  return (
    <g ref={layer}>
      {robots.value.map((robot) => (
        // A link of SVG: reached by keys, and the focus ring follows it over the floor.
        <a
          key={robot.robotId}
          class={robot.robotId === chosen ? 'robot robot-chosen' : 'robot'}
          data-robot={robot.robotId}
          href={href('floor', robot.robotId)}
          aria-current={robot.robotId === chosen ? 'true' : undefined}
          aria-label={describe(robot)}
        >
          <g transform={`scale(${1 / cellPx})`}>
            <circle class="robot-touch" r={TOUCH_PX / 2} />
            <circle class="robot-ring" r={size * 0.72} />
            <g transform={`scale(${size / 24})`}>
              <RobotMark robot={robot} />
            </g>
            <text class="map-label robot-label" y={-size * 0.62 - 3} text-anchor="middle">
              {cellPx < NAME_CELL_PX_MIN ? shortName(robot.robotId) : robot.robotId}
            </text>
          </g>
        </a>
      ))}
    </g>
  );
}

/** On small screens "amr-12" is labelled "12"; the list below the map has the whole name. */
const shortName = (robotId: string): string => /\d+$/.exec(robotId)?.[0] ?? robotId;

const describe = (robot: Robot): string => {
  const { word } = robotWords[robot.activity];
  const load = robot.toteId === null ? 'no tote' : `tote ${robot.toteId}`;
  return `Robot ${robot.robotId}: ${word}, ${load}${robot.orderId === null ? '' : `, order ${robot.orderId}`}`;
};

/** Moves the robots on every frame without drawing the page anew. Returns how to stop it. */
function animate(layer: { readonly current: SVGGElement | null }, floor: Floor): () => void {
  let frame = 0;
  const step = () => {
    for (const element of layer.current?.children ?? []) {
      const place = robotPlace(element.getAttribute('data-robot') ?? '');
      if (place === null) continue;
      put(element, `translate(${toCell(place.x, floor).toFixed(3)} ${toCell(place.y, floor).toFixed(3)})`);
      const heading = element.querySelector('[data-heading]');
      if (heading !== null) put(heading, `rotate(${((place.heading * 180) / Math.PI).toFixed(1)})`);
    }
    frame = requestAnimationFrame(step);
  };
  step();
  return () => cancelAnimationFrame(frame);
}

function put(element: Element, transform: string): void {
  if (element.getAttribute('transform') !== transform) element.setAttribute('transform', transform);
}

function useCellPx(frame: { readonly current: HTMLDivElement | null }, cells: number): number {
  const [cellPx, setCellPx] = useState(CELL_PX_MIN);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => setCellPx(Math.max(CELL_PX_MIN, element.clientWidth / cells));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [frame, cells]);
  return cellPx;
}
