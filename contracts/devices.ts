import type { CapabilityCall } from './capabilities.ts';
import type { Clock, Random } from './clock.ts';
import type { CommandResult, Reconciliation } from './commands.ts';
import type { Log } from './log.ts';
import type { DeviceConfig } from './site-devices.ts';
import type { PlaceConfig } from './site-file.ts';
import type { TagSample, TagValue } from './tags.ts';

/** Judged by recent acknowledged data, never by an open socket. */
export type Link =
  | { state: 'down'; reason: string; sinceMs: number; retryAtMs: number }
  | { state: 'connecting'; sinceMs: number }
  | { state: 'up'; sinceMs: number; heardAtMs: number };

/** State of a mobile robot as the driver sees it. Metres and radians in the map's frame. */
export interface RobotState {
  readonly robotId: string;
  readonly pose: { readonly x: number; readonly y: number; readonly heading: number };
  /** 0 to 1. */
  readonly battery: number;
  readonly activity: 'idle' | 'driving' | 'picking' | 'paused' | 'charging' | 'fault' | 'lost';
  readonly moving: boolean;
  readonly toteId: string | null;
  /** Id of the command it works on. */
  readonly commandId: string | null;
  readonly place: string | null;
  /** Who paused it: a command, the robot itself when our heartbeat went missing, or a person at the robot. */
  readonly pausedBy?: 'command' | 'heartbeat' | 'local';
  readonly atMs: number;
}

/** What a driver may do to its surroundings. It does not know which thread hosts it. */
export interface DriverContext {
  readonly device: DeviceConfig;
  readonly places: readonly PlaceConfig[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Folder for certificates and trust lists of this device. */
  readonly dataDir: string;
  /** Turns `env:NAME` or `file:/path` of the site file into the secret. Never logged. */
  secret(reference: string): string;
  onTags(samples: readonly TagSample[]): void;
  onLink(link: Link): void;
  onRobot(state: RobotState): void;
}

export interface BrowseEntry {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  readonly access: 'read' | 'read-write' | 'none';
  readonly hasChildren: boolean;
}

export type WriteResult =
  | { state: 'verified'; readBack: TagValue }
  | { state: 'failed'; code: string; reason: string; retryable: boolean }
  | { state: 'unknown'; reason: string };

/** A call as a driver gets it: through the gate, with its identity and its limits. */
export interface DeviceCall {
  readonly commandId: string;
  /** Capability id, such as amr-1. */
  readonly target: string;
  readonly call: CapabilityCall;
  readonly timeoutMs: number;
}

/**
 * One connection to one device.
 *
 * Call order: `start` once; then anything; `close` once, after which nothing is reported any more.
 * `start` resolves when the driver runs, connected or not; reconnecting is the driver's own business.
 */
export interface Driver {
  start(): Promise<void>;
  browse(address?: string): Promise<readonly BrowseEntry[]>;
  /** Writes one tag and reads it back. Raw: only the gate and the safe states may call it. */
  write(tag: string, value: TagValue): Promise<WriteResult>;
  /** Carries out a capability call to its end. */
  execute(call: DeviceCall): Promise<Exclude<CommandResult, { state: 'refused' | 'expired' }>>;
  /** Asks the device what became of a call. Never moves anything. */
  reconcile(call: DeviceCall): Promise<Reconciliation>;
  link(): Link;
  /** Totals since the start, such as reconnects, timeouts and junk answers; names in camelCase. */
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export type DriverFactory = (context: DriverContext) => Driver;
