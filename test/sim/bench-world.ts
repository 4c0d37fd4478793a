import { readFileSync } from 'node:fs';
import type { ExecuteGoal } from '#contracts/ros.ts';
import { placesFor } from '../../drivers/sim/floor/layout.ts';
import { type FloorMap, parseFloorMap } from '../../drivers/sim/floor/map.ts';
import { PLC_CYCLE_MS } from '../../drivers/sim/limits.ts';
import { step } from '../../drivers/sim/step.ts';
import { createWorld, type World } from '../../drivers/sim/world.ts';

/** Two blocks of racks with one-cell aisles, on eleven rows: small enough that robots are in each other's way. */
export const smallFloor = (): FloorMap =>
  parseFloorMap(
    [
      'type octile',
      'height 11',
      'width 16',
      'map',
      '@@@@@@@@@@@@@@@@',
      '@..............@',
      '@..TTTT.TTTT...@',
      '@..TTTT.TTTT...@',
      '@..............@',
      '@..TTTT.TTTT...@',
      '@..TTTT.TTTT...@',
      '@..............@',
      '@..TTTT.TTTT...@',
      '@..............@',
      '@@@@@@@@@@@@@@@@',
    ].join('\n'),
  );

/** The floor that the demo ships. */
export const demoFloor = new URL('../../appliance/demo/floor.map', import.meta.url).pathname;

export const readFloor = (file: string): FloorMap => parseFloorMap(readFileSync(file, 'utf8'));

export interface BenchOptions {
  readonly map?: FloorMap;
  readonly robots?: number;
  readonly seed?: number;
  readonly speed?: number;
}

/** A world without sockets, with the places of its map. */
export function benchWorld({
  map = smallFloor(),
  robots = 2,
  seed = 1,
  speed = 1,
}: BenchOptions = {}): World {
  return createWorld({ map, places: placesFor(map, robots), robots, speed, seed });
}

/** Cycles with both heartbeats beating. */
export function live(world: World, ms: number, eachCycle: () => void = () => {}): void {
  for (let left = ms; left > 0; left -= PLC_CYCLE_MS) {
    beat(world);
    step(world, PLC_CYCLE_MS);
    eachCycle();
  }
}

export function beat(world: World): void {
  world.line.heartbeatAtMs = world.nowMs;
  for (const robot of world.robots) robot.heardAtMs = world.nowMs;
}

/** Lives until something is so. Ends with a fault when it does not come true in time, told in simulated minutes. */
export function liveUntil(world: World, isSo: () => boolean, minutesMax = 30, eachCycle?: () => void): void {
  const endMs = world.simMs + minutesMax * 60_000;
  while (!isSo()) {
    if (world.simMs > endMs) throw new Error(`not so after ${minutesMax} simulated minutes`);
    live(world, PLC_CYCLE_MS, eachCycle);
  }
}

export function goal(world: World, goalId: string, fields: Partial<ExecuteGoal>): ExecuteGoal {
  const place = world.places.get(fields.place ?? '');
  return {
    goal_id: goalId,
    verb: 'go_to',
    place: place?.id ?? '',
    x: place?.x ?? 0,
    y: place?.y ?? 0,
    tote_id: '',
    lines: [],
    ...fields,
  };
}

export function pickLine(
  world: World,
  sku: string,
  placeId: string,
  quantity = 1,
): ExecuteGoal['lines'][number] {
  const place = world.places.get(placeId);
  if (place === undefined) throw new Error(`no place ${placeId}`);
  return { sku, quantity, place: placeId, x: place.x, y: place.y };
}

export const facts = (world: World, kind: string) => world.facts.filter((fact) => fact.kind === kind);
