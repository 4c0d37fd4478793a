import type { Random } from '#contracts/clock.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import { createDocks, type DockGear } from './docks/dock-gear.ts';
import type { Fact } from './facts.ts';
import { type FloorMap, standingCell } from './floor/map.ts';
import { createRouter, type Router } from './floor/route.ts';
import { createDrives, type Drive } from './line/drives.ts';
import { createLine, type Line } from './line/line.ts';
import { seededRandom } from './random.ts';
import type { RobotBody } from './robots/robot.ts';

/** Everything that is physically so. Changed only by `step` and by the named acts beside it; no sockets, no clocks. */
export interface World {
  readonly map: FloorMap;
  readonly places: ReadonlyMap<string, PlaceConfig>;
  readonly inductCell: number;
  readonly chargeCells: ReadonlySet<number>;
  readonly random: Random;
  readonly route: Router;
  readonly speed: number;
  /** Cycle clock: wall time as the controllers count it, ms. */
  nowMs: number;
  /** Simulated time, ms. */
  simMs: number;
  cycle: number;
  goalsTaken: number;
  readonly robots: readonly RobotBody[];
  /** Index of the robot that owns a cell, or -1. */
  readonly owner: Int16Array;
  readonly line: Line;
  readonly drives: readonly Drive[];
  readonly docks: readonly DockGear[];
  /** Totes that robots put down elsewhere than on the induct: tote to place. */
  readonly placedTotes: Map<string, string>;
  /** Hard-wired inputs that only the PLC sees. */
  eStopPressed: boolean;
  curtainBroken: boolean;
  /** Robots whose next pick meets a wrong SKU; `*` is whoever picks next. */
  readonly wrongSkuFor: Set<string>;
  readonly seenSkus: Set<string>;
  /** Facts since they were last taken. */
  readonly facts: Fact[];
}

export interface WorldOptions {
  readonly map: FloorMap;
  readonly places: readonly PlaceConfig[];
  readonly robots: number;
  readonly speed: number;
  readonly seed: number;
}

export function createWorld({ map, places, robots, speed, seed }: WorldOptions): World {
  const random = seededRandom(seed);
  const ofKind = (kind: PlaceConfig['kind']) => places.filter((place) => place.kind === kind);
  const [induct] = ofKind('induct');
  if (induct === undefined) throw new ApplianceError('DRV_SIM_PLACE', { problem: 'there is no induct' });
  const cellOf = (place: PlaceConfig) => standingCell(map, place.x, place.y);
  const bodies = createRobots({
    map,
    homes: [...ofKind('charge'), ...ofKind('park')],
    count: robots,
    random,
  });
  const owner = new Int16Array(map.width * map.height).fill(-1);
  for (const [index, body] of bodies.entries()) owner[body.cell] = index;
  return {
    map,
    places: new Map(places.map((place) => [place.id, place])),
    inductCell: cellOf(induct),
    chargeCells: new Set(ofKind('charge').map(cellOf)),
    random,
    route: createRouter(map),
    speed,
    nowMs: 0,
    simMs: 0,
    cycle: 0,
    goalsTaken: 0,
    robots: bodies,
    owner,
    line: createLine(ofKind('packing'), ofKind('reject')),
    drives: createDrives(),
    docks: createDocks(places),
    placedTotes: new Map(),
    eStopPressed: false,
    curtainBroken: false,
    wrongSkuFor: new Set(),
    seenSkus: new Set(),
    facts: [],
  };
}

export const say = (world: World, fact: Fact): void => {
  world.facts.push(fact);
};

interface RobotsOptions {
  readonly map: FloorMap;
  readonly homes: readonly PlaceConfig[];
  readonly count: number;
  readonly random: Random;
}

/** Robots start on the charging and parking places, then on free cells from the north-west. */
function createRobots({ map, homes, count, random }: RobotsOptions): RobotBody[] {
  const starts: { cell: number; place: string }[] = [];
  const add = (cell: number, place: string) => {
    if (starts.length < count && !starts.some((start) => start.cell === cell)) starts.push({ cell, place });
  };
  for (const home of homes) add(standingCell(map, home.x, home.y), home.id);
  for (let cell = 0; cell < map.free.length && starts.length < count; cell++) {
    if (map.free[cell] === 1) add(cell, '');
  }
  if (starts.length < count) throw new ApplianceError('DRV_SIM_PLACE', { problem: 'no room for the robots' });
  return starts.map(({ cell, place }, index) => ({
    id: `amr-${index + 1}`,
    namespace: `/amr_${index + 1}`,
    cell,
    next: null,
    progress: 0,
    heading: 0,
    battery: 0.6 + 0.4 * random(),
    flat: false,
    lost: false,
    pausedBy: '',
    goal: null,
    rank: Number.POSITIVE_INFINITY,
    tote: null,
    place,
    route: [],
    routeTo: -1,
    waitedMs: 0,
    holdUntilMs: 0,
    replanAtMs: 0,
    yielding: false,
    moving: false,
    heardAtMs: null,
    ended: new Map(),
  }));
}
