import type { Log } from '#contracts/log.ts';
import type { TagSample } from '#contracts/tags.ts';
import { BEAT_INTERVAL_MS, type Beats, beat } from '../../safety/index.ts';
import { every } from './every.ts';
import type { FloorOptions } from './floor.ts';
import type { DeviceCounters, ThreadOrder, ThreadReport } from './messages.ts';
import { createDelayMeter, STATS_INTERVAL_MS, type ThreadStats } from './thread-stats.ts';

/** What the floor threads have told the main thread, and the main thread's own signs of life. */
export interface FloorReports {
  take(report: ThreadReport, reply: (order: ThreadOrder) => void): void;
  /** Newest sample of each tag; as many as the site has tags. */
  readonly lastSamples: ReadonlyMap<string, TagSample>;
  stats(): ThreadStats[];
  counters(): DeviceCounters;
  end(): void;
}

export function startReports(options: FloorOptions, beats: Beats): FloorReports {
  const { clock, log } = options;
  const stats = new Map<string, ThreadStats>();
  const counters = new Map<string, DeviceCounters>();
  const lastSamples = new Map<string, TagSample>();
  const meter = createDelayMeter('main');
  beat(beats, 'main');
  const ends = [
    every(clock, BEAT_INTERVAL_MS, () => beat(beats, 'main')),
    every(clock, STATS_INTERVAL_MS, () => stats.set('main', meter.take())),
    meter.stop,
  ];
  return {
    take(report, reply) {
      switch (report.type) {
        case 'feed': {
          const { samples, links, robots } = report.batch;
          // Told first: a handler that throws must not stop the feed for good.
          reply({ type: 'taken' });
          for (const sample of samples) lastSamples.set(sample.path, sample);
          if (samples.length > 0) options.onTags(samples);
          for (const [device, link] of links) options.onLink(device, link);
          for (const robot of robots) options.onRobot(robot);
          break;
        }
        case 'log':
          say(log, report.line);
          break;
        case 'stats':
          stats.set(report.stats.name, report.stats);
          counters.set(report.stats.name, report.counters);
          break;
      }
    },
    lastSamples,
    stats: () => [...stats.values()],
    counters: () => [...counters.values()].flat(),
    end() {
      for (const end of ends) end();
    },
  };
}

const say = (log: Log, { level, fields, message }: Extract<ThreadReport, { type: 'log' }>['line']) =>
  log[level](fields, message);
