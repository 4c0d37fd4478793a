import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { StatsBoard } from '../stats-board.ts';

const RESOLUTION_MS = 10;
const REPORT_MS = 1_000;

/** Writes the event-loop delay of this thread, over the last second, where the host reads it. */
export function reportLoopDelay(board: StatsBoard): void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The histogram holds intervals of its own timer: its resolution is no delay.
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const report = () => {
    board.set('loopDelayMsP50', ms(histogram.percentile(50)));
    board.set('loopDelayMsP99', ms(histogram.percentile(99)));
    board.set('loopDelayMsMax', ms(histogram.max));
    histogram.reset();
  };
  setInterval(report, REPORT_MS).unref();
}
