import type { Command, CommandChange, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { DeviceCall, Link, RobotState } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import { silentLog } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { InterlockConfig } from '#contracts/site-safety.ts';
import type { Quality, TagPath, TagValue } from '#contracts/tags.ts';
import { createGate, EMPTY_LATCH, type Gate, type GateLatch, type GateTarget } from '../../safety/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

/** A call that reached a device and waits for the test to answer it. */
export interface OpenCall {
  readonly call: DeviceCall;
  readonly atMs: number;
  answer(result: CommandResult): void;
}

export interface GateRig {
  readonly gate: Gate;
  readonly clock: FakeClock;
  /** Everything that reached a device, in order. */
  readonly calls: OpenCall[];
  readonly changes: CommandChange[];
  readonly safety: SafetyRecord[];
  readonly links: Map<string, Link>;
  readonly latches: GateLatch[];
  /** What devices answer at once; `undefined` leaves the call open. */
  respond(call: DeviceCall): CommandResult | undefined;
  reconciles(call: DeviceCall): Reconciliation;
  sample(path: TagPath, value: TagValue | null, quality?: Quality): void;
  heard(device: string): void;
  robot(id: string, activity: RobotState['activity'], more?: Partial<RobotState>): void;
  /** Ticks as the thread does, while devices keep being heard. */
  pass(ms: number, silent?: readonly string[]): Promise<void>;
  actionsAt(target: string): string[];
  command(more?: Partial<Command>): Command;
}

const TICK_MS = 20;
export const VERIFIED: CommandResult = { state: 'verified', data: {} };

export const rigTargets: GateTarget[] = [
  { id: 'amr-1', kind: 'MobileRobot', device: 'amr-1' },
  { id: 'amr-2', kind: 'MobileRobot', device: 'amr-2' },
  { id: 'conveyor-1', kind: 'Conveyor', device: 'plc', runTag: 'plc/run' },
  { id: 'lamp-1', kind: 'StackLight', device: 'lamps' },
];

export const eStop: InterlockConfig = {
  id: 'e-stop-1',
  text: 'e-stop 1 is pressed',
  tag: 'plc/e-stop-ok',
  is: true,
  staleMsMax: 1_000,
  protects: ['amr-*', 'conveyor-1'],
  reset: 'manual',
};

export function createGateRig(
  options: {
    readonly interlocks?: readonly InterlockConfig[];
    readonly safeStates?: SiteFile['safety']['safeStates'];
    readonly latch?: GateLatch;
    /** Fencing epochs of leases from before the start. */
    readonly epochs?: ReadonlyMap<string, number>;
    /** Whether the main thread has been heard. */
    readonly mainUp?: boolean;
  } = {},
): GateRig {
  const clock = createFakeClock();
  const links = new Map<string, Link>();
  const calls: OpenCall[] = [];
  const changes: CommandChange[] = [];
  const safety: SafetyRecord[] = [];
  const latches: GateLatch[] = [];
  let commands = 0;
  const rig: GateRig = {
    clock,
    calls,
    changes,
    safety,
    links,
    latches,
    respond: () => VERIFIED,
    reconciles: () => ({ outcome: 'running' }),
    gate: createGate({
      config: {
        interlocks: [...(options.interlocks ?? [eStop])],
        safeStates: [
          ...(options.safeStates ?? [
            { target: 'amr-*', action: 'pause' },
            { target: 'conveyor-*', action: 'stop' },
          ]),
        ],
        heartbeats: [],
        mainSilenceMsMax: 2_000,
      },
      targets: rigTargets,
      devices: {
        execute(call) {
          const { promise, resolve } = Promise.withResolvers<CommandResult>();
          calls.push({ call, atMs: clock.monotonicMs(), answer: resolve });
          const result = rig.respond(call);
          if (result !== undefined) resolve(result);
          return promise;
        },
        reconcile: async (call) => rig.reconciles(call),
        links: () => links,
      },
      latch: options.latch ?? EMPTY_LATCH,
      epochs: options.epochs ?? new Map(),
      clock,
      log: silentLog,
      newId() {
        commands += 1;
        return `own-${commands}`;
      },
      onCommand: (change) => changes.push(change),
      onSafety: (record) => safety.push(record),
      onInterlocks() {},
      onLatch: (latch) => latches.push(latch),
    }),
    sample(path, value, quality = { level: 'good' }) {
      rig.gate.samples([{ path, value, quality, sourceTimeMs: clock.nowMs() }]);
    },
    heard(device) {
      const link: Link = { state: 'up', sinceMs: 0, heardAtMs: clock.nowMs() };
      links.set(device, link);
      rig.gate.link(device, link);
    },
    robot(robotId, activity, more = {}) {
      rig.gate.robot({
        robotId,
        pose: { x: 0, y: 0, heading: 0 },
        battery: 1,
        activity,
        moving: activity === 'driving',
        toteId: null,
        commandId: null,
        place: null,
        atMs: clock.nowMs(),
        ...more,
      });
    },
    async pass(ms, silent = []) {
      for (let left = ms; left > 0; left -= TICK_MS) {
        for (const [device, link] of links) {
          if (link.state === 'up' && !silent.includes(device)) {
            links.set(device, { ...link, heardAtMs: clock.nowMs() });
          }
        }
        rig.gate.tick();
        await clock.pass(Math.min(TICK_MS, left));
      }
    },
    actionsAt: (target) =>
      calls.filter(({ call }) => call.target === target).map(({ call }) => call.call.action),
    command(more = {}) {
      commands += 1;
      return {
        commandId: `command-${commands}`,
        target: 'amr-1',
        call: { capability: 'MobileRobot', action: 'goTo', args: { place: 'rack-1' } },
        expiresAtMs: clock.nowMs() + 30_000,
        timeoutMs: 10_000,
        epoch: 1,
        requestedBy: { kind: 'saga', id: 'saga-1' },
        reason: 'order-1 needs it',
        correlationId: 'order-1',
        ...more,
      };
    },
  };
  if (options.mainUp ?? true) rig.gate.main({ alive: true });
  return rig;
}

/** A rig whose devices are all up and whose e-stop is released. */
export function createMetRig(options: Parameters<typeof createGateRig>[0] = {}): GateRig {
  const rig = createGateRig(options);
  for (const device of ['plc', 'amr-1', 'amr-2', 'lamps']) rig.heard(device);
  rig.sample('plc/e-stop-ok', true);
  rig.robot('amr-1', 'driving');
  rig.robot('amr-2', 'idle');
  return rig;
}
