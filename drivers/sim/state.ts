import { lineState } from './line/plc.ts';
import { isCharging, poseOf } from './robots/motion.ts';
import { activityOf } from './robots/robot.ts';
import type { World } from './world.ts';

/** What is where, for people and tests. */
export function describeWorld(world: World) {
  const { map, line } = world;
  return {
    simMs: world.simMs,
    cycle: world.cycle,
    speed: world.speed,
    floor: { width: map.width, height: map.height, metresPerCell: map.metresPerCell, rows: map.rows },
    places: [...world.places.values()],
    inputs: { eStopPressed: world.eStopPressed, curtainBroken: world.curtainBroken },
    line: {
      state: lineState(world),
      started: line.run,
      running: line.running,
      stopReason: line.stopReason,
      heartbeat: line.heartbeat,
      eyes: Object.fromEntries(line.eyes),
      totes: line.totes.map(({ id, lane, at, to }) => ({ id, lane, at, to })),
      diverters: line.lanes.flatMap(({ id, diverter }) =>
        diverter === null ? [] : [{ lane: id, position: diverter.position }],
      ),
    },
    drives: world.drives.map(({ section, turning, actualSpeed, setSpeed, temperature, commsLost }) => ({
      section,
      turning,
      actualSpeed,
      setSpeed,
      temperature,
      commsLost,
    })),
    docks: world.docks.map(({ place, door, hook, stuck }) => ({ place, door, hook, stuck })),
    robots: world.robots.map((robot) => ({
      id: robot.id,
      namespace: robot.namespace,
      ...poseOf(world, robot),
      battery: robot.battery,
      activity: robot.lost ? 'lost' : activityOf(robot, isCharging(world, robot)),
      moving: robot.moving,
      pausedBy: robot.pausedBy,
      lost: robot.lost,
      goalId: robot.goal?.id ?? null,
      tote: robot.tote === null ? null : { id: robot.tote.id, items: robot.tote.items.length },
      place: robot.place,
    })),
    placedTotes: Object.fromEntries(world.placedTotes),
  };
}
export type SimState = ReturnType<typeof describeWorld>;
