import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { Fleet, FleetView } from '../fleet/fleet.ts';
import { type RecoveryRules, watchRobots } from '../fleet/robot-watch.ts';
import { ROBOT_RECOVERY } from '../sagas/robot-recovery.ts';

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
  begin: (name: string, sagaId: string, input: Json) => Promise<unknown>;
}): () => void {
  const { fleet, log, begin } = parts;
  const beginning = new Set<string>();
  return watchRobots({
    ...parts,
    onTrouble({ robotId }, trouble) {
      const { holder, epoch } = fleet.leaseOf(robotId);
      const sagaId = `${ROBOT_RECOVERY}:${robotId}:${epoch}`;
      if (holder?.startsWith(`${ROBOT_RECOVERY}:`) || beginning.has(sagaId)) return;
      beginning.add(sagaId);
      log.warn({ robotId, trouble }, 'a robot is in trouble: it is taken out of service');
      begin(ROBOT_RECOVERY, sagaId, { robotId, trouble })
        .catch((error: unknown) => log.warn({ err: error, robotId }, 'its recovery could not be begun'))
        .finally(() => beginning.delete(sagaId));
    },
  });
}
