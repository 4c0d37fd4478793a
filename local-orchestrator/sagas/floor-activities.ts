import { type Activity, needsUndo } from '../activities/activity.ts';
import { commandActivity } from '../activities/command-activity.ts';

/** What sagas ask of the floor, by capability. */
export const robot = {
  goTo: commandActivity('MobileRobot', 'goTo'),
  pick: needsUndo(commandActivity('MobileRobot', 'pick')),
  drop: commandActivity('MobileRobot', 'drop'),
  putBack: commandActivity('MobileRobot', 'putBack'),
  park: commandActivity('MobileRobot', 'park'),
  resume: commandActivity('MobileRobot', 'resume'),
  cancel: commandActivity('MobileRobot', 'cancel'),
};
export const conveyor = {
  run: commandActivity('Conveyor', 'run'),
  convey: commandActivity('Conveyor', 'convey'),
  reject: commandActivity('Conveyor', 'reject'),
};
export const door = {
  open: needsUndo(commandActivity('Door', 'open')),
  close: commandActivity('Door', 'close'),
};
export const restraint = {
  restrain: needsUndo(commandActivity('Dock', 'restrain')),
  release: commandActivity('Dock', 'release'),
};
export const scanner = { read: commandActivity('Scanner', 'read') };

export const floorActivities: readonly Activity<never, unknown>[] = [
  robot,
  conveyor,
  door,
  restraint,
  scanner,
].flatMap((capability) => Object.values(capability) as readonly Activity<never, unknown>[]);

/** Failures after which it is certain that nothing has moved: the same again does no harm. */
export const nothingMoved = { only: ['NOT_DONE', 'EXPIRED', 'DRV_BUSY', 'DRV_OVERLOADED'] };
