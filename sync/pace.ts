/**
 * How large the next frame may be. A frame should take about this long to be acknowledged: then a cut costs
 * little, other lanes of the connection wait little, and on a fast link the batch limits rule.
 */
const FRAME_MS_AIM = 400;
const FRAME_COUNT_MIN = 50;

export interface Pace {
  readonly countMax: number;
}

export type PaceEvent =
  | { readonly type: 'acknowledged'; readonly count: number; readonly tookMs: number }
  | { readonly type: 'failed' }
  | { readonly type: 'too-large' };

export function nextPace(pace: Pace, event: PaceEvent, countMax: number): Pace {
  if (event.type === 'too-large') return { countMax: Math.max(1, Math.floor(pace.countMax / 2)) };
  if (event.type === 'failed') return { countMax: floor(pace.countMax / 2, countMax) };
  if (event.tookMs > 2 * FRAME_MS_AIM && event.count > pace.countMax / 2) {
    return { countMax: floor(pace.countMax / 2, countMax) };
  }
  // A short frame says nothing about a long one.
  if (event.tookMs < FRAME_MS_AIM && event.count >= pace.countMax) {
    return { countMax: Math.min(countMax, pace.countMax * 2) };
  }
  return pace;
}

const floor = (wanted: number, countMax: number): number =>
  Math.min(countMax, Math.max(FRAME_COUNT_MIN, Math.floor(wanted)));
