import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { BacklogSample } from '../data/backlog-history.ts';

export interface Plot {
  show(samples: readonly BacklogSample[]): void;
  resize(width: number): void;
  /** Takes the colours of the page anew: the theme has changed. */
  recolour(): void;
  destroy(): void;
}

const HEIGHT = 220;
/** The axis spans at least this, so that the first seconds do not look like a cliff. */
const SPAN_S_MIN = 120;
/** Likewise the counts: three records are not a mountain. */
const COUNT_MIN = 10;

/** A line over time in the colours of the page. Knows uPlot; nothing else does. */
export function createPlot(
  element: HTMLElement,
  words: { ago(seconds: number): string; count(count: number): string },
): Plot {
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--text-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '14px sans-serif',
  };
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, min, max) => [Math.min(min, max - SPAN_S_MIN), max] },
        y: { range: (_, __, max) => [0, Math.max(COUNT_MIN, max * 1.1)] },
      },
      axes: [
        {
          ...axis,
          size: 30,
          splits: (plot, _, min, max) => backFrom(max, max - min, plot.width),
          values: (plot, splits) => {
            const now = plot.scales.x?.max ?? 0;
            return splits.map((second) => words.ago(Math.round(now - second)));
          },
        },
        { ...axis, size: 52, space: 44, values: (_, splits) => splits.map((count) => words.count(count)) },
      ],
      series: [
        {},
        {
          stroke: colour('--text'),
          fill: colour('--chart-fill'),
          width: 2.5,
          points: { show: false },
          spanGaps: false,
        },
      ],
    },
    [[], []],
    element,
  );
  return {
    show: (samples) =>
      plot.setData([
        samples.map((sample) => sample.atMs / 1_000),
        samples.map((sample) => sample.backlogCount),
      ]),
    resize: (width) => plot.setSize({ width, height: HEIGHT }),
    recolour: () => plot.redraw(),
    destroy: () => plot.destroy(),
  };
}

/** Room for one mark of the time axis, in pixels. */
const MARK_PX = 90;
const steps = [30, 60, 120, 300];

/** Marks at round distances from now, oldest first. */
function backFrom(now: number, span: number, width: number): number[] {
  const step = steps.find((seconds) => (span / seconds) * MARK_PX <= width) ?? span;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, mark) => now - mark * step).reverse();
}
