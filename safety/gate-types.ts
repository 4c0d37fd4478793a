import type { Interlock } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type {
  Command,
  CommandChange,
  CommandPort,
  CommandResult,
  Reconciliation,
} from '#contracts/commands.ts';
import type { DeviceCall, Link, RobotState } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagSample } from '#contracts/tags.ts';
import type { HandStop } from './hand-stops.ts';
import type { ResetResult } from './interlock-table.ts';
import type { Standing } from './safe-states.ts';
import type { GateTarget } from './targets.ts';

/** What the gate may do to devices, wherever their drivers live. */
export interface GateDevices {
  execute(call: DeviceCall): Promise<CommandResult>;
  reconcile(call: DeviceCall): Promise<Reconciliation>;
  /** Links of all devices as of now; polled, because `heardAtMs` moves without anybody telling. */
  links(): Iterable<readonly [device: string, link: Link]>;
}

/** What a restart of the process must not forget. */
export interface GateLatch {
  /** Manual interlocks that tripped and that nobody has reset. */
  readonly interlocks: readonly string[];
  /** Targets at rest because of us. `atStart`: stopped by an orderly end only, so that a start brings them back. */
  readonly standing: readonly (Standing & { readonly atStart: boolean })[];
  /** Lines that people have stopped; absent when there are none. */
  readonly stoppedByHand?: readonly HandStop[];
  /**
   * Robots that were in reach and free to move when last heard of: only one of them can have missed our heartbeats
   * because we were away. Absent in a latch of before and in one that cannot be read; then no robot is known to be.
   */
  readonly going?: readonly string[];
}
export const EMPTY_LATCH: GateLatch = { interlocks: [], standing: [] };

export interface GateOptions {
  readonly config: SiteFile['safety'];
  readonly targets: readonly GateTarget[];
  readonly devices: GateDevices;
  readonly latch: GateLatch;
  /** Highest fencing epoch of each target that was ever leased: who lost it before a start stays fenced after it. */
  readonly epochs: ReadonlyMap<string, number>;
  readonly clock: Clock;
  readonly log: Log;
  /** New ids for the gate's own commands. */
  newId(): string;
  onCommand(change: CommandChange): void;
  onSafety(record: SafetyRecord): void;
  onInterlocks(list: readonly Interlock[]): void;
  /** To be kept on disk by whoever can wait for it. */
  onLatch(latch: GateLatch): void;
}

/** How long a command has been on its way already, by a clock that does not jump. */
export interface Transit {
  readonly sentAtMs: number;
  /** Time it had left when it was sent. */
  readonly leftMs: number;
}

/**
 * The command gate. Nothing else may start motion.
 *
 * Call order: feed it `samples`, `link` and `robot` as they come and `tick` every few milliseconds; it trusts
 * nothing until it has seen it. `shutdown` once at the end, then `close`.
 */
export interface Gate extends CommandPort {
  submit(command: Command, transit?: Transit): Promise<CommandResult>;
  samples(samples: readonly TagSample[]): void;
  link(device: string, link: Link): void;
  robot(state: RobotState): void;
  tick(): void;
  /** Whether the main thread answers: nothing moves before it does. Silence is an interlock that a person resets. */
  main(heard: { alive: true } | { alive: false; silentMs: number }): void;
  interlocks(): Interlock[];
  reset(id: string, by: string): ResetResult;
  /** Admits nothing any more and puts all listed targets into their safe state; true when all verified it. */
  shutdown(reason: string, withinMs: number): Promise<boolean>;
  latch(): GateLatch;
  close(): void;
}
