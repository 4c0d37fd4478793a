/** Limits and times of the simulated site. Physics is in simulated time, everything marked wall is not sped up. */

/** Longest piece of simulated time that is computed at once, ms. */
export const SUBSTEP_MS = 100;
/** Cycle of the line PLC, ms wall. */
export const PLC_CYCLE_MS = 20;

export const ROBOT_SPEED = 1.5; // m/s
export const ROBOT_TURN = Math.PI / 1.2; // rad/s: a quarter turn takes 0.6 s
export const PICK_LINE_MS = 4_000;
export const PICK_PIECE_MS = 300;
/** Past it a person helps: a line of 600 pieces does not take three minutes. */
export const PICK_LINE_MS_MAX = 20_000;
export const DROP_MS = 4_000;

/** Share of the battery per ms: eight hours of work, a day of standing, 45 minutes of charging. */
export const DRAIN_WORK = 1 / (8 * 3_600_000);
export const DRAIN_STAND = 1 / (24 * 3_600_000);
export const CHARGE = 1 / (45 * 60_000);
/** Below it a robot takes no work but `park`. */
export const BATTERY_WORK_MIN = 0.05;

/** From here on a robot leaves its charger to let others pass. */
export const BATTERY_FULL = 0.9;

/** A robot that waits so long for a cell plans around the one who holds it, ms. */
export const DETOUR_AFTER_MS = 15_000;
/** A robot that made way out of a dead end lets the other pass for so long, ms. */
export const HOLD_MS = 4_000;
/** Pause between plans of a robot that has no way, ms. */
export const REPLAN_MS = 1_000;
/** Ended goals a robot remembers; the oldest go first. At least ROBOT_GOALS_REMEMBERED_MIN of the contract. */
export const GOALS_REMEMBERED = 2_048;

/** Articles it draws from when a pick goes wrong. */
export const SKUS_SEEN_MAX = 1_000;
/** Totes standing about on the floor; somebody clears away the oldest. */
export const TOTES_PLACED_MAX = 1_000;

/** A roller door from closed to open, and a hook from free to holding, ms. */
export const DOOR_MS = 6_000;
export const RESTRAINT_MS = 3_000;

/** The line, in m from the induct. */
export const TOTE_LENGTH = 0.6;
export const TOTE_GAP = 0.1;
export const SCANNER_AT = 1.8;
/** Totes that nobody asked for wait here. */
export const HOLD_AT = 3;
export const INFEED_JAM_AT = 1.2;
export const SORTER_JAM_AT = 4;
export const DIVERTER_FIRST_AT = 5;
export const DIVERTER_PITCH = 2;
export const DIVERTER_LOOKAHEAD = 1;
export const DIVERTER_SWITCH_MS = 400;
export const LANE_LENGTH = 3;
export const LANE_EYE_AT = 0.6;
/** How long packers take to lift a tote off the end of a lane, ms. */
export const PACKER_MS = 12_000;
/** A tote stuck for so long is a jam to the PLC, ms. */
export const JAM_DETECT_MS = 4_000;
/** A tote that nobody asks for, and that keeps others waiting, leaves by the reject lane after so long, ms wall. */
export const UNCLAIMED_MS_MAX = 60_000;

/** Transport requests the PLC remembers; the contract asks for 64. */
export const REQUESTS_REMEMBERED = 1_024;
/** Requests that may be under way; the next one is rejected. */
export const REQUESTS_RUNNING_MAX = 256;
/** The done triple stays so long before the next one replaces it, so that a subscriber sees each, ms wall. */
export const DONE_HOLD_MS = 200;
/** Done triples that wait to be shown. */
export const DONE_WAITING_MAX = 256;
/** Heartbeat of the appliance that does not change for so long stops the line, ms wall. */
export const PLC_HEARTBEAT_MS_MAX = 1_000;

export const DRIVE_SPEED = 0.5; // m/s
export const DRIVE_SPEED_MAX = 2; // m/s
export const DRIVE_RAMP = 1; // m/s²
/** Comms-loss watchdog of a drive at power-up, ms wall. */
export const DRIVE_WATCHDOG_MS = 2_000;

/** Facts kept for oracles; older ones are dropped and counted. */
export const LEDGER_COUNT_MAX = 200_000;
/** Facts in one answer of `GET /ledger`. */
export const LEDGER_PAGE_MAX = 20_000;
/** Delay of a slow link, each way, ms wall. */
export const SLOW_LINK_MS = 600;
/** Bytes a slow link holds back per direction before it stops reading. */
export const LINK_BYTES_MAX = 1_048_576;
/** Connections over one link at a time. */
export const LINK_CONNECTIONS_MAX = 128;
/** Longest time between two writes of the state, ms wall. */
export const SAVE_EVERY_MS = 1_000;
/** Cycles made up for after a stall of the process; what is beyond them is lost time. */
export const CATCH_UP_CYCLES_MAX = 10;
/** Length of a WebSocket message to a robot, bytes. */
export const ROS_MESSAGE_BYTES_MAX = 1_048_576;
/** Bytes waiting for a slow reader before topic messages to it are dropped. */
export const ROS_BUFFER_BYTES_MAX = 1_048_576;
/** Bytes waiting for somebody who asks and does not read, before the connection is ended. */
export const ROS_UNREAD_BYTES_MAX = 4_194_304;
export const ROS_SUBSCRIPTIONS_MAX = 1_000;
export const ROS_CLIENTS_MAX = 64;
export const MODBUS_CLIENTS_MAX = 16;
export const OPCUA_SESSIONS_MAX = 16;
export const CONTROL_BODY_BYTES_MAX = 65_536;
