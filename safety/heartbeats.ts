import type { Clock } from '#contracts/clock.ts';
import type { WriteResult } from '#contracts/devices.ts';
import type { Log } from '#contracts/log.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagPath, TagValue } from '#contracts/tags.ts';

/** The counter starts over here: it fits an int16, the smallest type a site file can give it. */
export const HEARTBEAT_WRAP = 32_768;

export interface HeartbeatOptions {
  readonly config: SiteFile['safety']['heartbeats'];
  /** Type of a tag, so that a boolean toggles and a number counts. */
  typeOf(path: TagPath): TagConfig['type'] | undefined;
  write(path: TagPath, value: TagValue): Promise<WriteResult>;
  /** Whether everything that has to vouch for the site does. A beat that nobody vouches for is not sent. */
  vouches(): boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Dead-man counters: the PLC stops by itself when they stand still. They stand still when this thread is gone or
 * stalled, and when it can no longer vouch for the rest.
 */
export function startHeartbeats(options: HeartbeatOptions): { stop(): void } {
  const { clock } = options;
  const cancels = new Set<() => void>();
  let stopped = false;

  const run = (path: TagPath, intervalMs: number): void => {
    let count = 0;
    let writing = false;
    let failing = false;
    const send = async (): Promise<void> => {
      writing = true;
      count = (count + 1) % HEARTBEAT_WRAP;
      const result = await options.write(path, beatValue(options.typeOf(path), count));
      writing = false;
      const fails = result.state === 'failed';
      if (fails && !failing) options.log.warn({ tag: path, result }, 'the heartbeat does not reach the PLC');
      if (!fails && failing) options.log.info({ tag: path }, 'the heartbeat reaches the PLC again');
      failing = fails;
    };
    const tick = (): void => {
      if (stopped) return;
      // A late beat is left out, not made up for: two in a row would vouch for a time that nobody watched.
      if (!writing && options.vouches()) {
        send().catch((error: unknown) => {
          writing = false;
          options.log.error({ err: error, tag: path }, 'the heartbeat could not be written');
        });
      }
      arm();
    };
    const arm = (): void => {
      const cancel = clock.after(intervalMs, () => {
        cancels.delete(cancel);
        tick();
      });
      cancels.add(cancel);
    };
    tick();
  };
  for (const { tag, intervalMs } of options.config) run(tag as TagPath, intervalMs);

  return {
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
    },
  };
}

function beatValue(type: TagConfig['type'] | undefined, count: number): TagValue {
  if (type === 'boolean') return count % 2 === 1;
  return type === 'string' ? String(count) : count;
}
