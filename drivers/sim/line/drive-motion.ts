import { DRIVE_RAMP } from '../limits.ts';
import { say, type World } from '../world.ts';
import type { Drive, Section } from './drives.ts';

/** A start command, by wire or by bus. Silence counts anew from here. */
export function startDrive(world: World, drive: Drive): void {
  drive.runCommand = true;
  drive.commsLost = false;
  if (drive.heardAtMs !== null) drive.heardAtMs = world.nowMs;
}

export function hearBus(world: World): void {
  for (const drive of world.drives) drive.heardAtMs = world.nowMs;
}

/** Once per cycle: the comms-loss watchdog. It trips and stays tripped; the bus coming back starts nothing. */
export function watchBus(world: World): void {
  for (const drive of world.drives) {
    if (drive.watchdogMs === 0 || drive.heardAtMs === null) continue;
    if (world.nowMs - drive.heardAtMs > drive.watchdogMs) drive.commsLost = true;
  }
}

export function stepDrives(world: World, released: boolean, dtMs: number): void {
  for (const drive of world.drives) {
    drive.released = released;
    const turning = released && drive.runCommand && !drive.commsLost;
    if (turning !== drive.turning) tellDrive(world, drive, turning);
    drive.turning = turning;
    const ramp = (DRIVE_RAMP * dtMs) / 1000;
    // A brake holds the belt at once; up it goes on the ramp.
    drive.actualSpeed = turning ? Math.min(drive.setSpeed, drive.actualSpeed + ramp) : 0;
    const settled = 22 + 30 * drive.actualSpeed;
    drive.temperature += (settled - drive.temperature) * Math.min(1, dtMs / 600_000);
  }
}

function tellDrive(world: World, drive: Drive, turning: boolean): void {
  if (turning) {
    say(world, { kind: 'drive.started', drive: drive.section });
    return;
  }
  const reason = !drive.released ? 'plc' : drive.commsLost ? 'comms-lost' : 'command';
  say(world, { kind: 'drive.stopped', drive: drive.section, reason });
}

export const speedOf = (world: World, section: Section): number =>
  world.drives.find((drive) => drive.section === section)?.actualSpeed ?? 0;
