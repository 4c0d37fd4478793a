import type { Clock } from '#contracts/clock.ts';
import type { Command, CommandPort } from '#contracts/commands.ts';
import type { RobotState } from '#contracts/devices.ts';
import type { Log } from '#contracts/log.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { Fleet, FleetView, Lease } from './fleet.ts';

/** A robot that has stood idle for so long where others pass is sent to its parking place. */
const IDLE_MS = 10_000;
const LOOK_INTERVAL_MS = 2_000;
const PARK_TIMEOUT_MS = 180_000;
const EXPIRY_MS = 5_000;
/** After a refusal or a failure, the robot is left alone for a while. */
const PAUSE_MS = 60_000;
const HOLDER = 'parking:';

export interface Parking {
  /** Gives back what a parking before the restart still held, with or without a place to park. */
  start(): Promise<void>;
  stop(): void;
}

/**
 * Parks robots that nobody needs. Each parking holds a lease, so it never meets a saga on the same robot; its
 * command is named by the epoch of that lease, which is on disk before the command is sent. An order that waits
 * for a robot ends it.
 */
export function createParking(parts: {
  fleet: Fleet;
  view: FleetView;
  commands: CommandPort;
  clock: Clock;
  log: Log;
  places: readonly PlaceConfig[];
}): Parking {
  const { fleet, view, commands, clock, log } = parts;
  const parkable = new Set(
    parts.places.filter(({ kind }) => kind === 'park' || kind === 'charge').map(({ id }) => id),
  );
  const idleSinceMs = new Map<string, number>();
  const pausedUntilMs = new Map<string, number>();
  const parking = new Map<string, Command>();
  /** Robots whose lease is being taken, used or given back here. */
  const inHand = new Set<string>();
  let disarm: () => void = () => {};
  let stopped = false;

  /** Leases of parkings that are over: they ended with the process, or could not be given back. */
  const leftOver = (): string[] =>
    [...fleet.leases()].flatMap(([robotId, holder]) =>
      holder === `${HOLDER}${robotId}` && !inHand.has(robotId) ? [robotId] : [],
    );

  const lookLater = () => {
    if (parkable.size > 0 || leftOver().length > 0) disarm = clock.after(LOOK_INTERVAL_MS, look);
  };

  const look = () => {
    if (stopped) return;
    lookLater();
    void giveBack();
    if (fleet.waitingCount() > 0) return giveWay();
    if (parkable.size === 0) return;
    for (const robot of view.robots()) {
      if (isDue(robot))
        void withInHand(robot.robotId, () => park(robot)).catch((error: unknown) =>
          log.warn({ err: error }, 'parking failed'),
        );
    }
  };

  const isDue = (robot: RobotState): boolean => {
    const { robotId } = robot;
    const still = robot.activity === 'idle' && robot.commandId === null && robot.toteId === null;
    const there = robot.place !== null && parkable.has(robot.place);
    if (!still || there || fleet.leases().has(robotId)) {
      idleSinceMs.delete(robotId);
      return false;
    }
    const nowMs = clock.monotonicMs();
    const sinceMs = idleSinceMs.get(robotId) ?? nowMs;
    idleSinceMs.set(robotId, sinceMs);
    return nowMs - sinceMs >= IDLE_MS && nowMs >= (pausedUntilMs.get(robotId) ?? 0);
  };

  const withInHand = async (robotId: string, act: () => Promise<void>): Promise<void> => {
    inHand.add(robotId);
    try {
      await act();
    } finally {
      inHand.delete(robotId);
    }
  };

  /** What a robot was told ends or has ended; robots still on their way are not idle. */
  const giveBack = async (): Promise<void> => {
    const release = (robotId: string) =>
      withInHand(robotId, () => fleet.release(`${HOLDER}${robotId}`, null)).catch((error: unknown) => {
        if (!stopped) log.warn({ err: error, robotId }, 'a parked robot is not free yet; will try again');
      });
    // All at once: one that is free again may be parked anew before the next one is.
    await Promise.all(leftOver().map(release));
  };

  const park = async ({ robotId }: RobotState): Promise<void> => {
    idleSinceMs.delete(robotId);
    const lease = await fleet.take(`${HOLDER}${robotId}`, robotId);
    if (lease === null) return;
    const command = commandOf(lease, clock.nowMs());
    parking.set(robotId, command);
    try {
      const result = await commands.submit(command);
      if (result.state !== 'verified') pausedUntilMs.set(robotId, clock.monotonicMs() + PAUSE_MS);
    } finally {
      parking.delete(robotId);
      // An order may have it now: a command of an older lease is refused by its epoch.
      await fleet.release(`${HOLDER}${robotId}`, lease.epoch);
    }
  };

  const giveWay = () => {
    for (const [robotId, command] of parking) {
      parking.delete(robotId);
      const { commandId } = command;
      const stop: Command = {
        ...command,
        commandId: `${commandId}:stop`,
        call: { capability: 'MobileRobot', action: 'cancel', args: { commandId } },
        expiresAtMs: clock.nowMs() + EXPIRY_MS,
        timeoutMs: EXPIRY_MS,
        reason: 'An order waits for a robot',
      };
      commands.submit(stop).catch((error: unknown) => log.warn({ err: error }, 'a parking went on'));
    }
  };

  return {
    async start() {
      await giveBack();
      lookLater();
    },
    stop() {
      stopped = true;
      disarm();
    },
  };
}

const commandOf = ({ robotId, epoch }: Lease, nowMs: number): Command => ({
  commandId: `${HOLDER}${robotId}:${epoch}`,
  target: robotId,
  call: { capability: 'MobileRobot', action: 'park', args: {} },
  expiresAtMs: nowMs + EXPIRY_MS,
  timeoutMs: PARK_TIMEOUT_MS,
  epoch,
  requestedBy: { kind: 'system', id: 'fleet' },
  reason: 'Nobody needs it: park',
  correlationId: `${HOLDER}${robotId}`,
});
