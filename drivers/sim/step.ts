import { stepDocks } from './docks/dock-motion.ts';
import { SUBSTEP_MS } from './limits.ts';
import { stepDrives, watchBus } from './line/drive-motion.ts';
import { stepLine } from './line/motion.ts';
import { isReleased, publishDone, scanInputs } from './line/plc.ts';
import { stepRobots } from './robots/motion.ts';
import { watchHeartbeats } from './robots/pause.ts';
import { say, type World } from './world.ts';

/**
 * One cycle of the controllers and the physics that goes with it.
 *
 * Unit: `dtMs` is wall time; physics runs `world.speed` times as fast, watchdogs do not.
 * The same seed, acts and cycles give the same world.
 */
export function step(world: World, dtMs: number): void {
  world.cycle += 1;
  world.nowMs += dtMs;
  watchBus(world);
  watchHeartbeats(world);
  scanInputs(world);
  for (let leftMs = dtMs * world.speed; leftMs > 0; leftMs -= SUBSTEP_MS) {
    const pieceMs = Math.min(SUBSTEP_MS, leftMs);
    world.simMs += pieceMs;
    stepDrives(world, isReleased(world), pieceMs);
    tellLine(world);
    stepLine(world, pieceMs);
    stepRobots(world, pieceMs);
    stepDocks(world, pieceMs);
  }
  publishDone(world, dtMs);
}

/** The line runs when everything that moves totes turns; it stands only when nothing does. */
function tellLine(world: World): void {
  const { line } = world;
  const running = world.drives.every((drive) => drive.turning);
  if (running === line.running) return;
  line.running = running;
  if (running) {
    say(world, { kind: 'line.started' });
    return;
  }
  const reason = line.jammed ? 'jam' : line.run ? 'drive' : line.stopReason;
  say(world, { kind: 'line.stopped', reason });
}
