import { useEffect, useRef, useState } from 'preact/hooks';
import type { BacklogSample } from '../data/backlog-history.ts';
import { formatCount, formatMinutes, formatShortCount } from '../format.ts';
import type { Plot } from './plot.ts';

const WIDTH_MIN = 240;

/** Backlog over the last minutes, as this screen has seen it. What the line shows is said below it in words. */
export function BacklogChart({ samples }: { samples: readonly BacklogSample[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    let made: Plot | null = null;
    let gone = false;
    const resize = () => made?.resize(Math.max(WIDTH_MIN, element.clientWidth));
    const recolour = () => made?.recolour();
    const observer = new ResizeObserver(resize);
    // The chart's library is the heaviest part of this page: it is fetched when a chart is first looked at.
    void import('./plot.ts').then(({ createPlot }) => {
      if (gone) return;
      made = createPlot(element, {
        ago: (seconds) => (seconds === 0 ? 'now' : `−${formatMinutes(seconds)}`),
        count: formatShortCount,
      });
      observer.observe(element);
      scheme.addEventListener('change', recolour);
      resize();
      setPlot(made);
    });
    return () => {
      gone = true;
      observer.disconnect();
      scheme.removeEventListener('change', recolour);
      made?.destroy();
    };
  }, []);
  useEffect(() => plot?.show(samples), [plot, samples]);
  return (
    <figure class="chart">
      <div class="chart-box" ref={box} aria-hidden="true" />
      <figcaption class="soft small">{trend(samples)}</figcaption>
    </figure>
  );
}

/** The line in one sentence. */
export function trend(samples: readonly BacklogSample[]): string {
  const known = samples.filter((sample) => sample.backlogCount !== null);
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined || known.length < 2) {
    return 'The line grows while this page is open, up to ten minutes.';
  }
  const most = Math.max(...known.map((sample) => sample.backlogCount ?? 0));
  const seconds = Math.round((last.atMs - first.atMs) / 1_000);
  const span = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  if (known.every((sample) => sample.backlogCount === most)) {
    return `Steady at ${formatCount(most)} for the last ${span}.`;
  }
  return `Last ${span}: from ${formatCount(first.backlogCount ?? 0)} to ${formatCount(last.backlogCount ?? 0)} records, ${formatCount(most)} at most.`;
}
