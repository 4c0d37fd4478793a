import { type Static, Type } from 'typebox';

/**
 * What Holdfast and a robot say to each other over rosbridge v2: names and message shapes. The simulated site
 * and the driver are both built against this file; drivers/rosbridge/README.md tells the conversation.
 *
 * Unit: metres, radians and seconds, in the frame of the map, as ROS REP 103 asks.
 */
export const rosTypes = {
  pose: 'geometry_msgs/msg/PoseWithCovarianceStamped',
  odometry: 'nav_msgs/msg/Odometry',
  battery: 'sensor_msgs/msg/BatteryState',
  state: 'std_msgs/msg/String',
  heartbeat: 'std_msgs/msg/UInt32',
  execute: 'holdfast_msgs/action/Execute',
  trigger: 'std_srvs/srv/Trigger',
  goalStatus: 'holdfast_msgs/srv/GoalStatus',
} as const;

/** Full names for one robot. `namespace` is '' or starts with a slash, such as `/amr_1`. */
export const rosNames = (namespace: string) =>
  ({
    pose: `${namespace}/amcl_pose`,
    odometry: `${namespace}/odom`,
    battery: `${namespace}/battery_state`,
    /** std_msgs/String whose `data` is the JSON of `RobotStatus`. */
    state: `${namespace}/state`,
    /** Published by Holdfast; counts up, wraps at 2^32. */
    heartbeat: `${namespace}/heartbeat`,
    execute: `${namespace}/execute`,
    pause: `${namespace}/pause`,
    resume: `${namespace}/resume`,
    goalStatus: `${namespace}/goal_status`,
  }) as const;
export type RosNames = ReturnType<typeof rosNames>;

/**
 * A robot that hears no heartbeat for so long pauses itself, and stays paused until `resume` is called: the
 * return of a link must not start motion (ISO 12100 §6.2.11.4, prevention of unexpected start-up).
 */
export const ROBOT_HEARTBEAT_SILENCE_MS_MAX = 2_000;
/** Ended goals that a robot remembers at least, for `goal_status`. */
export const ROBOT_GOALS_REMEMBERED_MIN = 256;

const Stamp = Type.Object({ sec: Type.Integer(), nanosec: Type.Integer({ minimum: 0 }) });
const Header = Type.Object({ stamp: Stamp, frame_id: Type.String() });
const Point = Type.Object({ x: Type.Number(), y: Type.Number(), z: Type.Number() });
const Quaternion = Type.Object({ x: Type.Number(), y: Type.Number(), z: Type.Number(), w: Type.Number() });
const Pose = Type.Object({ position: Point, orientation: Quaternion });
const Twist = Type.Object({ linear: Point, angular: Point });

export const PoseMessage = Type.Object({
  header: Header,
  pose: Type.Object({ pose: Pose, covariance: Type.Optional(Type.Array(Type.Number())) }),
});
export type PoseMessage = Static<typeof PoseMessage>;

export const OdometryMessage = Type.Object({
  header: Header,
  child_frame_id: Type.String(),
  pose: Type.Object({ pose: Pose, covariance: Type.Optional(Type.Array(Type.Number())) }),
  twist: Type.Object({ twist: Twist, covariance: Type.Optional(Type.Array(Type.Number())) }),
});
export type OdometryMessage = Static<typeof OdometryMessage>;

export const BatteryMessage = Type.Object({
  header: Header,
  voltage: Type.Number(),
  current: Type.Number(),
  percentage: Type.Number({ minimum: 0, maximum: 1, description: '0 to 1, as REP 147 has it.' }),
  power_supply_status: Type.Integer({ description: '1 charging, 2 discharging, 3 not charging, 4 full.' }),
  present: Type.Boolean(),
});
export type BatteryMessage = Static<typeof BatteryMessage>;

export const StringMessage = Type.Object({ data: Type.String() });
export type StringMessage = Static<typeof StringMessage>;

/** JSON in `data` of the state topic. Sent on every change and at least twice a second. */
export const RobotStatus = Type.Object({
  activity: Type.Enum(['idle', 'driving', 'picking', 'paused', 'charging', 'fault']),
  moving: Type.Boolean(),
  /** '' when it carries none. */
  tote_id: Type.String(),
  /** Goal it works on, also while paused; '' when none. */
  goal_id: Type.String(),
  /** Place where it stands; '' between places. */
  place: Type.String(),
  /** Who paused it: `service` (the pause service), `heartbeat` (ours went missing), `local` (on the robot). */
  paused_by: Type.Enum(['', 'service', 'heartbeat', 'local']),
  /** Words for a person when activity is `fault`; else ''. */
  fault: Type.String(),
});
export type RobotStatus = Static<typeof RobotStatus>;

export const HeartbeatMessage = Type.Object({ data: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }) });

export const executeVerbs = ['go_to', 'pick', 'drop', 'put_back', 'park'] as const;
export type ExecuteVerb = (typeof executeVerbs)[number];

/**
 * Goal of `<ns>/execute`. `goal_id` is the command's id and also the rosbridge operation id; a goal whose id the
 * robot knows is never carried out again: it answers with what became of the first.
 */
export const ExecuteGoal = Type.Object({
  goal_id: Type.String(),
  verb: Type.Enum([...executeVerbs]),
  /** go_to and drop: where; else ''. */
  place: Type.String(),
  /** Coordinates of `place`; 0 without one. */
  x: Type.Number(),
  y: Type.Number(),
  /** pick, drop, put_back; else ''. */
  tote_id: Type.String(),
  /** pick; else empty. */
  lines: Type.Array(
    Type.Object({
      sku: Type.String(),
      quantity: Type.Integer(),
      place: Type.String(),
      x: Type.Number(),
      y: Type.Number(),
    }),
  ),
});
export type ExecuteGoal = Static<typeof ExecuteGoal>;

export const ExecuteFeedback = Type.Object({ place: Type.String(), lines_done: Type.Integer() });
export type ExecuteFeedback = Static<typeof ExecuteFeedback>;

export const ExecuteResult = Type.Object({
  /** Place where it ended; '' between places. */
  place: Type.String(),
  /** pick: one per line that was picked, also when a wrong SKU was seen. */
  lines: Type.Array(
    Type.Object({
      sku: Type.String(),
      quantity: Type.Integer(),
      seen_sku: Type.String(),
      place: Type.String(),
    }),
  ),
  /** Why it was aborted or cancelled; else ''. */
  reason: Type.String(),
});
export type ExecuteResult = Static<typeof ExecuteResult>;

/** action_msgs/msg/GoalStatus. `none` here means: this robot never took such a goal. */
export const goalStatusCodes = {
  none: 0,
  accepted: 1,
  executing: 2,
  canceling: 3,
  succeeded: 4,
  canceled: 5,
  aborted: 6,
} as const;

export const TriggerResponse = Type.Object({ success: Type.Boolean(), message: Type.String() });
export type TriggerResponse = Static<typeof TriggerResponse>;
export const GoalStatusRequest = Type.Object({ goal_id: Type.String() });
export const GoalStatusResponse = Type.Object({
  status: Type.Integer({ minimum: 0, maximum: 6 }),
  /** Filled once the goal ended; before that with '' and []. */
  result: ExecuteResult,
});
export type GoalStatusResponse = Static<typeof GoalStatusResponse>;

/**
 * Operations of rosbridge v2 that are used.
 * Source: rosbridge_suite ROSBRIDGE_PROTOCOL.md §3.3 to §3.5.
 */
export const RosbridgeMessage = Type.Union([
  Type.Object({ op: Type.Literal('publish'), topic: Type.String(), msg: Type.Unknown() }),
  Type.Object({
    op: Type.Literal('service_response'),
    id: Type.Optional(Type.String()),
    service: Type.String(),
    /** An object, or the error's text when `result` is false. */
    values: Type.Optional(Type.Unknown()),
    result: Type.Boolean(),
  }),
  Type.Object({
    op: Type.Literal('action_feedback'),
    id: Type.String(),
    action: Type.String(),
    values: Type.Unknown(),
  }),
  Type.Object({
    op: Type.Literal('action_result'),
    id: Type.String(),
    action: Type.String(),
    /** An `ExecuteResult`, or the error's text when `result` is false. */
    values: Type.Unknown(),
    /** action_msgs/msg/GoalStatus. */
    status: Type.Integer(),
    /** false when the goal was refused or aborted. */
    result: Type.Boolean(),
  }),
  Type.Object({
    op: Type.Literal('status'),
    level: Type.String(),
    msg: Type.String(),
    id: Type.Optional(Type.String()),
  }),
]);
export type RosbridgeMessage = Static<typeof RosbridgeMessage>;

/** What Holdfast sends. */
export type RosbridgeRequest =
  | {
      op: 'subscribe';
      id: string;
      topic: string;
      type?: string;
      throttle_rate?: number;
      queue_length?: number;
    }
  | { op: 'unsubscribe'; id: string; topic: string }
  | { op: 'advertise'; id: string; topic: string; type: string }
  | { op: 'publish'; topic: string; msg: unknown }
  | { op: 'call_service'; id: string; service: string; type?: string; args: unknown }
  | {
      op: 'send_action_goal';
      id: string;
      action: string;
      action_type: string;
      args: ExecuteGoal;
      feedback: boolean;
    }
  | { op: 'cancel_action_goal'; id: string; action: string };
