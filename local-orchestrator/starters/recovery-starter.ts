import type { Clock } from '#contracts/clock.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Fleet, FleetView } from '../fleet/fleet.ts';
import { type RecoveryRules, watchRobots } from '../fleet/robot-watch.ts';
import { ROBOT_RECOVERY } from '../sagas/robot-recovery.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';

/**
 * Begins the recovery of a robot that is in trouble. It is named by the lease that it ends, so the same trouble
 * begins it once, also after a restart; a robot that is being recovered is left to that.
 */
export function startRecovering(parts: {
  fleet: Fleet;
  view: FleetView;
  clock: Clock;
  log: Log;
  rules: RecoveryRules;
  alarms: TaskAbilities['alarms'];
  begin: (name: string, sagaId: string, input: Json) => Promise<unknown>;
}): () => void {
  const { fleet, log, alarms, begin } = parts;
  const beginning = new Set<string>();
  /** Robots whose recovery could not be begun, and why: told again every second, said once. */
  const problems = new Map<string, string>();
  return watchRobots({
    ...parts,
    onTrouble({ robotId }, trouble) {
      const { holder, epoch } = fleet.leaseOf(robotId);
      const sagaId = `${ROBOT_RECOVERY}:${robotId}:${epoch}`;
      if (holder?.startsWith(`${ROBOT_RECOVERY}:`) || beginning.has(sagaId)) return;
      beginning.add(sagaId);
      if (!problems.has(robotId)) {
        log.warn({ robotId, trouble }, 'a robot is in trouble: it is taken out of service');
      }
      const alarmId = `recovery-held/${robotId}`;
      begin(ROBOT_RECOVERY, sagaId, { robotId, trouble })
        .then(() => {
          problems.delete(robotId);
          alarms.clear(alarmId);
        })
        .catch((error: unknown) => {
          const problem = error instanceof Error ? error.message : String(error);
          if (problems.get(robotId) === problem) return;
          problems.set(robotId, problem);
          log.warn({ err: error, robotId }, 'its recovery could not be begun; will try again');
          if (!isApplianceError(error) || error.retryable) return;
          const text = `${robotId} is in trouble (${trouble}) and its recovery cannot begin: ${problem}`;
          alarms.raise({ alarmId, severity: 'high', source: robotId, text, hint: error.hint });
        })
        .finally(() => beginning.delete(sagaId));
    },
  });
}
