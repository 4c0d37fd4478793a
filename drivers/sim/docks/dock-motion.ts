import { DOOR_MS, RESTRAINT_MS } from '../limits.ts';
import { say, type World } from '../world.ts';

/** Doors and hooks move towards their words. The e-stop holds them where they are; no door opens to a free vehicle. */
export function stepDocks(world: World, dtMs: number): void {
  if (world.eStopPressed) return;
  for (const gear of world.docks) {
    const { place, doorWord, restrainWord, stuck } = gear;
    const hook = stuck ? gear.hook : towards(gear.hook, restrainWord, dtMs / RESTRAINT_MS);
    const mayOpen = doorWord && gear.hook === 1;
    const door = doorWord && !mayOpen ? gear.door : towards(gear.door, mayOpen, dtMs / DOOR_MS);
    if (hook !== gear.hook && (hook === 0 || hook === 1)) {
      say(world, { kind: hook === 1 ? 'vehicle.restrained' : 'vehicle.released', place });
    }
    if (door !== gear.door && (door === 0 || door === 1)) {
      say(world, { kind: door === 1 ? 'door.opened' : 'door.closed', place });
    }
    gear.hook = hook;
    gear.door = door;
  }
}

const towards = (now: number, on: boolean, by: number): number =>
  on ? Math.min(1, now + by) : Math.max(0, now - by);
