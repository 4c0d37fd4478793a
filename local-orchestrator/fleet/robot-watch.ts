import type { Clock } from '#contracts/clock.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { FleetView } from './fleet.ts';

export const robotTroubles = ['lost', 'fault', 'stuck', 'flat'] as const;
export type RobotTrouble = (typeof robotTroubles)[number];
export type RecoveryRules = SiteFile['sagas']['robotRecovery'];

const LOOK_INTERVAL_MS = 1_000;

/** What is wrong with a robot at this moment; null when nothing is. Pure. */
export function troubleOf(robot: RobotState, { flatBelow }: RecoveryRules): RobotTrouble | null {
  if (robot.activity === 'lost' || robot.activity === 'fault') return robot.activity;
  if (robot.battery < flatBelow && robot.activity !== 'charging') return 'flat';
  return robot.activity === 'driving' && !robot.moving ? 'stuck' : null;
}

/** How long it may last before it is more than a hiccup, ms. */
export const patienceMs = (trouble: RobotTrouble, { lostMs, stuckMs }: RecoveryRules): number =>
  trouble === 'stuck' ? stuckMs : lostMs;

/**
 * Looks after robots that are in trouble for longer than a hiccup, and tells each time that it lasts on: whoever is
 * told knows whether somebody sees to it already. The returned function ends it.
 */
export function watchRobots(parts: {
  view: FleetView;
  clock: Clock;
  rules: RecoveryRules;
  onTrouble: (robot: RobotState, trouble: RobotTrouble) => void;
}): () => void {
  const { view, clock, rules, onTrouble } = parts;
  const since = new Map<string, { trouble: RobotTrouble; sinceMs: number }>();
  let disarm = () => {};

  const look = () => {
    disarm = clock.after(Math.min(LOOK_INTERVAL_MS, rules.lostMs), look);
    const nowMs = clock.monotonicMs();
    for (const robot of view.robots()) {
      const trouble = troubleOf(robot, rules);
      const known = since.get(robot.robotId);
      if (trouble === null) since.delete(robot.robotId);
      else if (known?.trouble !== trouble) since.set(robot.robotId, { trouble, sinceMs: nowMs });
      else if (nowMs - known.sinceMs >= patienceMs(trouble, rules)) onTrouble(robot, trouble);
    }
  };
  // A site without robots has nobody to look after; the first report of one is the beginning.
  const unwatch = view.onChange(() => begin());
  const begin = () => {
    if (view.robots().length === 0) return;
    unwatch();
    look();
  };
  begin();
  return () => {
    unwatch();
    disarm();
  };
}
