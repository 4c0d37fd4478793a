import type { ExecuteResult, ExecuteVerb, RobotStatus } from '#contracts/ros.ts';

export interface CarriedItem {
  readonly sku: string;
  readonly quantity: number;
  readonly place: string;
  readonly cell: number;
}
export interface CarriedTote {
  readonly id: string;
  readonly items: CarriedItem[];
}

/** One piece of a goal: drive somewhere, or stand and work for a while. */
export type Work =
  | { readonly kind: 'drive'; readonly cell: number; readonly place: string }
  | {
      readonly kind: 'pick';
      msLeft: number;
      readonly sku: string;
      readonly quantity: number;
      readonly place: string;
      readonly cell: number;
    }
  | { readonly kind: 'drop'; msLeft: number; readonly place: string }
  | { readonly kind: 'unload'; msLeft: number };

export interface Goal {
  readonly id: string;
  readonly verb: ExecuteVerb;
  readonly toteId: string;
  readonly works: Work[];
  /** Index of the work under way. */
  at: number;
  readonly lines: ExecuteResult['lines'];
  canceling: boolean;
}

export interface GoalRecord {
  readonly verb: ExecuteVerb;
  /** action_msgs/msg/GoalStatus: 4, 5 or 6. */
  readonly status: number;
  readonly result: ExecuteResult;
}

/** A robot as it stands on the floor. It owns `cell`, and `next` from the moment it turns towards it. */
export interface RobotBody {
  readonly id: string;
  readonly namespace: string;
  cell: number;
  next: number | null;
  /** Share of the way from `cell` to `next`. */
  progress: number;
  heading: number;
  battery: number;
  flat: boolean;
  lost: boolean;
  pausedBy: RobotStatus['paused_by'];
  goal: Goal | null;
  /** The lower, the earlier it goes; the order in which goals were taken. */
  rank: number;
  tote: CarriedTote | null;
  place: string;
  route: readonly number[];
  routeTo: number;
  /** Standing and wanting to go on, ms. */
  waitedMs: number;
  /** Makes way and does not go on by itself until then, ms of simulated time. */
  holdUntilMs: number;
  replanAtMs: number;
  yielding: boolean;
  moving: boolean;
  /** Last heartbeat, ms of the cycle clock; null before the first. */
  heardAtMs: number | null;
  readonly ended: Map<string, GoalRecord>;
}

export const workOf = (robot: RobotBody): Work | undefined => robot.goal?.works[robot.goal.at];

/** Can neither be driven nor asked to make way now. */
export const isHalted = (robot: RobotBody): boolean => robot.lost || robot.flat || robot.pausedBy !== '';

export function activityOf(robot: RobotBody, charging: boolean): RobotStatus['activity'] {
  if (robot.flat) return 'fault';
  if (robot.pausedBy !== '') return 'paused';
  const work = workOf(robot);
  if (work !== undefined) return work.kind === 'drive' ? 'driving' : 'picking';
  if (robot.next !== null) return 'driving';
  return charging ? 'charging' : 'idle';
}
