import type { MessagePort } from 'node:worker_threads';
import type { Log } from '#contracts/log.ts';
import { createDriverHost, type DriverHost } from '../../drivers/index.ts';
import { BEAT_INTERVAL_MS, beat } from '../../safety/index.ts';
import { every } from './every.ts';
import { createFeed, type Feed } from './feed.ts';
import type { FloorThreadData, ThreadReport } from './messages.ts';
import { threadClock } from './thread-clock.ts';
import { createThreadLog } from './thread-log.ts';
import { createDelayMeter, STATS_INTERVAL_MS } from './thread-stats.ts';

/** How often samples leave for the main thread. Interlocks do not wait for it. */
const FLUSH_INTERVAL_MS = 10;

/** What a floor thread hears from its drivers before anybody else does. */
export interface ThreadHooks {
  readonly onTags?: Parameters<typeof createDriverHost>[0]['onTags'];
  readonly onLink?: Parameters<typeof createDriverHost>[0]['onLink'];
  readonly onRobot?: Parameters<typeof createDriverHost>[0]['onRobot'];
}

export interface ThreadRuntime {
  readonly log: Log;
  readonly host: DriverHost;
  readonly feed: Feed;
  /** Ends what repeats itself and lets the thread's event loop run dry. */
  close(): Promise<void>;
}

/** The part that the safety and the field thread share: drivers, signs of life, delay, log, feed to the main thread. */
export function startThreadRuntime(
  name: string,
  data: FloorThreadData,
  port: MessagePort,
  hooks: ThreadHooks = {},
): ThreadRuntime {
  const clock = threadClock;
  const post = (report: ThreadReport) => port.postMessage(report);
  const log = createThreadLog((line) => post({ type: 'log', line }), clock.monotonicMs).child({
    thread: name,
  });
  const feed = createFeed((batch) => post({ type: 'feed', batch }));
  const host = createDriverHost({
    devices: data.devices,
    places: data.places,
    clock,
    random: Math.random,
    log,
    dataDir: data.dataDir,
    onTags(samples) {
      hooks.onTags?.(samples);
      feed.tags(samples);
    },
    onLink(device, link) {
      hooks.onLink?.(device, link);
      feed.link(device, link);
    },
    onRobot(state) {
      hooks.onRobot?.(state);
      feed.robot(state);
    },
  });
  const meter = createDelayMeter(name);
  beat(data.beats, 'worker');
  const ends = [
    every(clock, BEAT_INTERVAL_MS, () => beat(data.beats, 'worker')),
    every(clock, FLUSH_INTERVAL_MS, feed.flush),
    every(clock, STATS_INTERVAL_MS, () => {
      post({ type: 'stats', stats: meter.take(), counters: [...host.counters()] });
      // Changes of a link are told at once; this carries when it was last heard.
      for (const [device, link] of host.links()) feed.link(device, link);
    }),
  ];
  return {
    log,
    host,
    feed,
    async close() {
      await host.close();
      feed.flush();
      for (const end of ends) end();
      meter.stop();
    },
  };
}
