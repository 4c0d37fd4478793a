import type { Interlock } from '#contracts/api.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import { pausedByWords } from './command-desk.ts';
import type { Standing } from './safe-states.ts';
import { type GateTarget, safeActionOf } from './targets.ts';

/** Rows for what stands without an interlock: a person has to let it go on, so a person must see it. */
export const PAUSED_PREFIX = 'paused.';

/** Paused as far as anybody knows: one that is out of reach keeps who paused it. */
export const isPaused = ({ activity, pausedBy }: RobotState): boolean =>
  activity === 'paused' || pausedBy !== undefined;

/** Free to move: nobody paused it, and it is in reach, so that it cannot have paused itself unseen. */
export const isGoing = (state: RobotState): boolean => state.activity !== 'lost' && !isPaused(state);

/**
 * Why a target must not be set in motion by a reset or a start; `null` when nothing is known against it. Somebody
 * who paused a robot at the robot may have his hands in it.
 */
export function whyNotRestart(target: GateTarget, state: RobotState | undefined): string | null {
  if (target.kind !== 'MobileRobot') return null;
  if (state === undefined || state.activity === 'lost') return `${target.id} is out of reach`;
  if (state.pausedBy === 'local') return `${target.id} was paused at the robot, and goes on from there`;
  return null;
}

export interface PausedView {
  readonly robots: ReadonlyMap<string, RobotState>;
  readonly standing: readonly Standing[];
  readonly targets: ReadonlyMap<string, GateTarget>;
  readonly safeStates: SiteFile['safety']['safeStates'];
  /** Whether the start is still bringing it back; then nobody is asked. */
  comesBack(target: string): boolean;
}

/** Robots that are paused, and whatever else stands because of us. */
export function pausedRows(view: PausedView): Interlock[] {
  const robots = [...view.robots.values()].filter(({ activity }) => activity === 'paused');
  const lines = view.standing.filter(({ target }) => view.targets.get(target)?.kind !== 'MobileRobot');
  const rows = [...robots.map(robotRow), ...lines.map(({ target }) => row(target, `${target} was stopped`))];
  return rows.filter(({ protects: [id = ''] }) => {
    const target = view.targets.get(id);
    if (target === undefined || view.comesBack(id)) return false;
    return (safeActionOf(target, view.safeStates)?.restart ?? null) !== null;
  });
}

const robotRow = ({ robotId, pausedBy = 'command' }: RobotState): Interlock =>
  row(
    robotId,
    `${robotId} is paused${pausedByWords[pausedBy]}`,
    pausedBy === 'local' ? 'Whoever paused it has to let it go on, at the robot.' : undefined,
  );

// Met: nothing is wrong with the site, one target stands.
const row = (id: string, text: string, reason = 'A person has to let it go on.'): Interlock => ({
  id: `${PAUSED_PREFIX}${id}`,
  text,
  met: true,
  needsReset: true,
  reason,
  protects: [id],
});
