import { actionSpec, type CapabilityCall, type CapabilityKind } from '#contracts/capabilities.ts';
import { matchesId } from '#contracts/patterns.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { SafeStateConfig } from '#contracts/site-safety.ts';
import type { TagPath } from '#contracts/tags.ts';

/** What the gate knows of something that can be told to act. */
export interface GateTarget {
  /** Capability id of the site file. */
  readonly id: string;
  readonly kind: CapabilityKind;
  readonly device: string;
  /** Tag that says it shall run, when the site file binds one (role `run`). */
  readonly runTag?: TagPath;
  /** Tag that says it does (role `running`). */
  readonly runningTag?: TagPath;
}

/** How a target is brought to rest, and what brings back what it did before. */
export interface SafeAction {
  readonly stop: CapabilityCall;
  /** `null` when only its next command may set it in motion again. */
  readonly restart: CapabilityCall | null;
  /** It is set in motion at each start of the appliance as well. */
  readonly atStart: boolean;
}

export const gateTargets = (devices: readonly DeviceConfig[]): GateTarget[] =>
  devices.flatMap((device) =>
    device.capabilities.map(({ id, kind, bind }) => ({
      id,
      kind,
      device: device.id,
      ...(bind?.run === undefined ? {} : { runTag: `${device.id}/${bind.run}` as TagPath }),
      ...(bind?.running === undefined ? {} : { runningTag: `${device.id}/${bind.running}` as TagPath }),
    })),
  );

const call = (capability: CapabilityKind, action: string): CapabilityCall => ({
  capability,
  action,
  args: {},
});

/** What each kind can do to come to rest. Kinds that are not listed end what they do by themselves. */
const atRest: Partial<Record<CapabilityKind, SafeAction>> = {
  MobileRobot: { stop: call('MobileRobot', 'pause'), restart: call('MobileRobot', 'resume'), atStart: false },
  Conveyor: { stop: call('Conveyor', 'stop'), restart: call('Conveyor', 'run'), atStart: false },
};

/**
 * The safe action of a target: as the site file says, or the natural one of its kind. A target that an
 * interlock protects is stopped also when nobody listed it.
 */
export function safeActionOf(
  target: GateTarget,
  safeStates: readonly SafeStateConfig[],
): SafeAction | undefined {
  const natural = atRest[target.kind];
  const config = safeStates.find((entry) => matchesId(entry.target, target.id));
  if (config === undefined) return natural;
  const asked = call(target.kind, config.action);
  const stop = actionSpec(asked)?.movement === 'stops' ? asked : natural?.stop;
  if (stop === undefined) return undefined;
  const restart = config.restart === 'never' ? null : (natural?.restart ?? null);
  // A robot that stands at the start has nothing to do yet; what it was paused in the middle of is told apart.
  return { stop, restart, atStart: config.restart === 'on-start' && target.kind !== 'MobileRobot' };
}

/** Targets that the site file puts into their safe state whenever nobody can vouch for the site any more. */
export const listedTargets = (
  targets: readonly GateTarget[],
  safeStates: readonly SafeStateConfig[],
): GateTarget[] => targets.filter((target) => safeStates.some((entry) => matchesId(entry.target, target.id)));

export const protectedTargets = (targets: readonly GateTarget[], protects: readonly string[]): GateTarget[] =>
  targets.filter((target) => protects.some((pattern) => matchesId(pattern, target.id)));
