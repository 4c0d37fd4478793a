import type { RobotState } from '#contracts/devices.ts';
import type { FleetView } from '../fleet/fleet.ts';

export interface Robots {
  readonly fleet: FleetView;
  set(robotId: string, change: Partial<RobotState>): void;
}

/** The mobile robots of a plant, as its drivers would report them. */
export function createRobots(robotIds: readonly string[]): Robots {
  const listeners = new Set<() => void>();
  const robots = new Map(robotIds.map((robotId, index) => [robotId, idleRobot(robotId, index)]));
  return {
    fleet: {
      robots: () => [...robots.values()],
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    set(robotId, change) {
      const robot = robots.get(robotId) ?? idleRobot(robotId, robots.size);
      robots.set(robotId, { ...robot, ...change });
      for (const listener of listeners) listener();
    },
  };
}

const idleRobot = (robotId: string, index: number): RobotState => ({
  robotId,
  pose: { x: index, y: 0, heading: 0 },
  battery: 0.9,
  activity: 'idle',
  moving: false,
  toteId: null,
  commandId: null,
  place: 'park-1',
  atMs: 0,
});
