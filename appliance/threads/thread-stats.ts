import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Event-loop delay of one thread over the last report, ms beyond the timer's own resolution. */
export interface ThreadStats {
  readonly name: string;
  readonly delayMsP50: number;
  readonly delayMsP99: number;
  readonly delayMsMax: number;
}

/** How often each thread reports. */
export const STATS_INTERVAL_MS = 1_000;
const RESOLUTION_MS = 10;

export interface DelayMeter {
  /** The delay since the last call. */
  take(): ThreadStats;
  stop(): void;
}

export function createDelayMeter(name: string): DelayMeter {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram holds intervals between its own timer's turns: the resolution is no delay.
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    take() {
      const stats: ThreadStats = {
        name,
        delayMsP50: ms(histogram.percentile(50)),
        delayMsP99: ms(histogram.percentile(99)),
        delayMsMax: ms(histogram.max),
      };
      histogram.reset();
      return stats;
    },
    stop: () => void histogram.disable(),
  };
}
