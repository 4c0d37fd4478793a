import type { DemoFaultId } from '#contracts/api.ts';
import { type Section, sections } from './line/drives.ts';
import { runFlat, swapBattery } from './robots/motion.ts';
import type { RobotBody } from './robots/robot.ts';
import { say, type World } from './world.ts';

/** What can be broken here: the faults of the demo panel that are not the uplink's, and those that only tests and trainers need. */
export const simFaults = [
  'e-stop',
  'light-curtain',
  'jam',
  'wrong-sku',
  'robot-lost',
  'battery-flat',
  'plc-link-cut',
  'plc-link-slow',
  'dock-stuck',
] as const satisfies readonly (
  | Exclude<DemoFaultId, 'uplink-cut' | 'uplink-slow'>
  | 'light-curtain'
  | 'dock-stuck'
)[];
export type SimFaultId = (typeof simFaults)[number];

export interface FaultState {
  readonly id: SimFaultId;
  readonly active: boolean;
  readonly target: string | null;
}

/** Links that can be cut or slowed, and the two that the PLC cell hangs on. */
export const links = ['opcua', 'modbus', 'ros'] as const;
export type LinkName = (typeof links)[number];
export const PLC_LINKS: readonly LinkName[] = ['opcua', 'modbus'];

export type FaultAnswer = { ok: true } | { ok: false; reason: string };

/** Sets or clears a physical fault. Links are not physics: `plc-link-*` belongs to whoever holds the sockets. */
export function setFault(
  world: World,
  id: Exclude<SimFaultId, 'plc-link-cut' | 'plc-link-slow'>,
  active: boolean,
  target: string | null,
): FaultAnswer {
  switch (id) {
    case 'e-stop':
      return pressEStop(world, active);
    case 'light-curtain':
      return breakCurtain(world, active);
    case 'dock-stuck':
      return setStuck(world, active, target);
    case 'jam':
      return setJam(world, active, target ?? 'sorter');
    case 'wrong-sku':
      return forRobots(world, target ?? '*', (robot) => setWrongSku(world, robot?.id ?? '*', active));
    case 'robot-lost':
      return pickRobots(
        world,
        active,
        target,
        (robot) => robot.lost,
        (robot) => setLost(world, robot, active),
      );
    case 'battery-flat':
      return pickRobots(
        world,
        active,
        target,
        (robot) => robot.flat,
        (robot) => setFlat(world, robot, active),
      );
  }
}

/** Which physical faults hold now, and on what. */
export function faultStates(world: World): FaultState[] {
  const lost = world.robots.find((robot) => robot.lost);
  const flat = world.robots.find((robot) => robot.flat);
  const [wrong] = world.wrongSkuFor;
  const stuck = world.docks.find((gear) => gear.stuck);
  return [
    { id: 'e-stop', active: world.eStopPressed, target: null },
    { id: 'light-curtain', active: world.curtainBroken, target: null },
    { id: 'jam', active: world.line.jamIn !== null, target: world.line.jamIn },
    { id: 'wrong-sku', active: wrong !== undefined, target: wrong === '*' ? null : (wrong ?? null) },
    { id: 'dock-stuck', active: stuck !== undefined, target: stuck?.place ?? null },
    { id: 'robot-lost', active: lost !== undefined, target: lost?.id ?? null },
    { id: 'battery-flat', active: flat !== undefined, target: flat?.id ?? null },
  ];
}

function pressEStop(world: World, pressed: boolean): FaultAnswer {
  if (world.eStopPressed === pressed) return { ok: true };
  world.eStopPressed = pressed;
  say(world, { kind: pressed ? 'e-stop.pressed' : 'e-stop.released' });
  return { ok: true };
}

function breakCurtain(world: World, broken: boolean): FaultAnswer {
  if (world.curtainBroken === broken) return { ok: true };
  world.curtainBroken = broken;
  say(world, { kind: broken ? 'light-curtain.broken' : 'light-curtain.clear' });
  return { ok: true };
}

function setJam(world: World, active: boolean, target: string): FaultAnswer {
  const section = sections.find((name) => name === target);
  if (section === undefined) return { ok: false, reason: `a jam is in ${sections.join(', ')}` };
  const next: Section | null = active ? section : null;
  if (world.line.jamIn === next) return { ok: true };
  world.line.jamIn = next;
  // The PLC's jam clears with its cause: the person at the belt resets it there.
  world.line.jammed = false;
  for (const tote of world.line.totes) tote.stuckMs = 0;
  tell(world, 'jam', active, section);
  return { ok: true };
}

/** Without a target the first dock. */
function setStuck(world: World, active: boolean, target: string | null): FaultAnswer {
  const gear = world.docks.find(({ place }) => target === null || place === target);
  if (gear === undefined) {
    return { ok: false, reason: `docks are ${world.docks.map(({ place }) => place).join(', ') || 'none'}` };
  }
  if (gear.stuck === active) return { ok: true };
  gear.stuck = active;
  tell(world, 'dock-stuck', active, gear.place);
  return { ok: true };
}

function setWrongSku(world: World, target: string, active: boolean): void {
  const { wrongSkuFor } = world;
  if (active ? wrongSkuFor.has(target) : wrongSkuFor.size === 0) return;
  if (active) wrongSkuFor.add(target);
  else if (target === '*') wrongSkuFor.clear();
  else if (!wrongSkuFor.delete(target)) return;
  tell(world, 'wrong-sku', active, target);
}

function setLost(world: World, robot: RobotBody, lost: boolean): void {
  if (robot.lost === lost) return;
  robot.lost = lost;
  tell(world, 'robot-lost', lost, robot.id);
}

function setFlat(world: World, robot: RobotBody, flat: boolean): void {
  if (robot.flat === flat) return;
  if (flat) runFlat(world, robot);
  else swapBattery(world, robot);
  tell(world, 'battery-flat', flat, robot.id);
}

const tell = (world: World, fault: SimFaultId, active: boolean, target: string) =>
  say(world, { kind: active ? 'fault.on' : 'fault.off', fault, target });

/** By name, by tag-like name (`amr_1`, `/amr_1`) or, for `*`, nobody in particular. */
function forRobots(world: World, target: string, act: (robot: RobotBody | undefined) => void): FaultAnswer {
  if (target === '*') {
    act(undefined);
    return { ok: true };
  }
  const wanted = target.replace(/^\//, '').replace('_', '-');
  const robot = world.robots.find(({ id }) => id === wanted);
  if (robot === undefined) {
    return {
      ok: false,
      reason: `there is no ${target}; robots are ${world.robots.map(({ id }) => id).join(', ')}`,
    };
  }
  act(robot);
  return { ok: true };
}

/** Without a target: one that is at work is hit, all that were hit are cured. */
function pickRobots(
  world: World,
  active: boolean,
  target: string | null,
  isHit: (robot: RobotBody) => boolean,
  act: (robot: RobotBody) => void,
): FaultAnswer {
  if (target !== null) {
    return forRobots(world, target, (robot) => {
      if (robot !== undefined) act(robot);
    });
  }
  if (!active) {
    for (const robot of world.robots) act(robot);
    return { ok: true };
  }
  const sound = world.robots.filter((robot) => !isHit(robot));
  const victim =
    sound.find((robot) => robot.moving) ?? sound.find((robot) => robot.goal !== null) ?? sound[0];
  if (victim !== undefined) act(victim);
  return { ok: true };
}
