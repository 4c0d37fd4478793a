import type { MessagePort } from 'node:worker_threads';
import type { Interlock } from '#contracts/api.ts';
import type { Command, CommandChange, CommandResult, Reconciliation } from '#contracts/commands.ts';
import type { BrowseEntry, DeviceCall } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Beats, ResetResult, Transit } from '../../safety/index.ts';
import type { FeedBatch } from './feed.ts';
import type { FloorOptions } from './floor.ts';
import type { CallMessage } from './port-calls.ts';
import type { LogLine } from './thread-log.ts';
import type { ThreadStats } from './thread-stats.ts';

/** What both floor threads are started with. */
export interface FloorThreadData {
  readonly beats: Beats;
  readonly devices: readonly DeviceConfig[];
  readonly places: SiteFile['places'];
  readonly dataDir: string;
}
export interface SafetyThreadData extends FloorThreadData {
  readonly config: SiteFile['safety'];
  /** All devices of the site: the gate knows every target, wherever its driver lives. */
  readonly allDevices: readonly DeviceConfig[];
  readonly epochs: FloorOptions['epochs'];
}

/** Totals of each device's driver. */
export type DeviceCounters = readonly (readonly [device: string, totals: Readonly<Record<string, number>>])[];

/** What any floor thread tells the main thread. */
export type ThreadReport =
  | CallMessage
  | { readonly type: 'ready' }
  | { readonly type: 'feed'; readonly batch: FeedBatch }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'stats'; readonly stats: ThreadStats; readonly counters: DeviceCounters };

/** What the safety thread tells on top of it. */
export type SafetyReport =
  | ThreadReport
  | { readonly type: 'command'; readonly change: CommandChange }
  | { readonly type: 'safety'; readonly record: SafetyRecord }
  | { readonly type: 'interlocks'; readonly list: readonly Interlock[] };

/** What the main thread tells a floor thread. */
export type ThreadOrder =
  | CallMessage
  | { readonly type: 'taken' }
  /** The main thread is up; from here on it is expected to beat. */
  | { readonly type: 'watch' }
  /** The other end of the way between the safety and the field thread; anew after each start of the latter. */
  | { readonly type: 'peer'; readonly port: MessagePort };

/** Methods of the safety thread. A `type`, because an interface has no index signature. */
export type SafetyCalls = {
  submit(command: Command, transit: Transit): Promise<CommandResult>;
  reconcile(command: Command): Promise<Reconciliation>;
  reset(id: string, by: string): ResetResult;
  browse(device: string, address?: string): Promise<readonly BrowseEntry[]>;
  /** Safe states first, then the connections; false when a safe state could not be verified in time. */
  stop(reason: string, withinMs: number): Promise<boolean>;
};

/** Methods of the field thread, for the main thread. */
export type FieldCalls = {
  browse(device: string, address?: string): Promise<readonly BrowseEntry[]>;
  stop(): Promise<void>;
};

/** Methods of the field thread, for the gate alone. */
export type PeerCalls = {
  execute(call: DeviceCall): Promise<CommandResult>;
  reconcile(call: DeviceCall): Promise<Reconciliation>;
};
