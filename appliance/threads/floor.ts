import type { Interlock } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { CommandChange, CommandPort } from '#contracts/commands.ts';
import type { BrowseEntry, Link, RobotState } from '#contracts/devices.ts';
import type { SafetyRecord } from '#contracts/events/safety.ts';
import type { Log } from '#contracts/log.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagSample } from '#contracts/tags.ts';
import type { ResetResult } from '../../safety/index.ts';
import type { DeviceCounters } from './messages.ts';
import type { ThreadStats } from './thread-stats.ts';
import type { Spawn } from './watched-worker.ts';

/** What the process ends with when the safety thread is lost. */
export const EXIT_SAFETY_LOST = 70;

export interface FloorOptions {
  readonly siteFile: Pick<SiteFile, 'devices' | 'places' | 'safety'>;
  readonly dataDir: string;
  /** Fencing epochs of all leases on record; without them an old holder could move what was taken from it. */
  readonly epochs: ReadonlyMap<string, number>;
  readonly log: Log;
  readonly clock: Clock;
  onTags(samples: readonly TagSample[]): void;
  /** On changes at once, and once a second to carry `heardAtMs`. */
  onLink(device: string, link: Link): void;
  onRobot(state: RobotState): void;
  onSafety(record: SafetyRecord): void;
  onCommand(change: CommandChange): void;
  onInterlocks?(list: readonly Interlock[]): void;
  /** The safety thread is lost: the process ends right after this returns. */
  onFatal(reason: string): void;
  /** Makes worker threads; tests hand in their own to get at them. */
  readonly spawn?: Spawn;
}

/**
 * The site's devices, behind the gate, as the main thread sees them.
 *
 * Call order: `watchMain` once when the main thread is up, `stop` once at the end; the other methods answer with
 * refusals after it. `submit` and `reconcile` never reject.
 */
export interface Floor extends CommandPort {
  /** Until then motion is refused, since a start may keep this thread busy; from then on its silence ends motion. */
  watchMain(): void;
  interlocks(): Interlock[];
  /** Restarts what the interlock had stopped, when its condition holds again. */
  resetInterlock(id: string, by: string): Promise<ResetResult>;
  browse(device: string, address?: string): Promise<readonly BrowseEntry[]>;
  /** Which thread holds a device. */
  threadOf(device: string): 'safety' | 'field';
  threadStats(): ThreadStats[];
  counters(): DeviceCounters;
  /** Safe states first, verified, then the connections. False when a safe state could not be verified. */
  stop(): Promise<boolean>;
}
