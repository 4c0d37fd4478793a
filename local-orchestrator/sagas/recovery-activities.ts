import {
  ActivityFailure,
  type ActivityRunner,
  implement,
  localActivity,
  needsUndo,
} from '../activities/activity.ts';
import { isIdle } from '../fleet/choose-robot.ts';
import type { Fleet, FleetView } from '../fleet/fleet.ts';

export interface FencedRobot {
  readonly robotId: string;
  readonly epoch: number;
  /** Saga that had it; empty when nobody had. */
  readonly takenFrom: string;
  /** Tote on board when it was last seen; empty without one. */
  readonly toteId: string;
  /** Where it was last seen. */
  readonly where: string;
}

export const fenceRobot = needsUndo(localActivity<{ robotId: string }, FencedRobot>('fleet.fence', 1));
/** Fails with ROBOT_NOT_FIT until the robot is seen well. */
export const checkRobot = localActivity<{ robotId: string; batteryMin: number }, { battery: number }>(
  'fleet.check',
  1,
);

export function recoveryRunners(parts: { fleet: Fleet; view: FleetView }): ActivityRunner[] {
  const stateOf = (robotId: string) => parts.view.robots().find((robot) => robot.robotId === robotId);
  return [
    implement(fenceRobot, async ({ input, sagaId }) => {
      const { robotId } = input;
      const robot = stateOf(robotId);
      if (robot === undefined)
        throw new ActivityFailure('ROBOT_UNKNOWN', `no robot is called ${robotId}`, false);
      const { epoch, takenFrom } = await parts.fleet.fence(sagaId, robotId);
      const { x, y } = robot.pose;
      return {
        robotId,
        epoch,
        takenFrom: takenFrom ?? '',
        toteId: robot.toteId ?? '',
        where: robot.place ?? `${x.toFixed(1)} m, ${y.toFixed(1)} m`,
      };
    }),
    implement(checkRobot, ({ input }) => {
      const robot = stateOf(input.robotId);
      const problem =
        robot === undefined
          ? 'it is not in the site file'
          : robot.toteId !== null
            ? `tote ${robot.toteId} is still on board`
            : !isIdle(robot)
              ? `it is ${robot.activity}`
              : robot.battery < input.batteryMin
                ? `its battery is at ${Math.round(robot.battery * 100)} %`
                : null;
      if (problem !== null || robot === undefined) {
        throw new ActivityFailure('ROBOT_NOT_FIT', `${input.robotId}: ${problem}`, true);
      }
      return { battery: robot.battery };
    }),
  ];
}
