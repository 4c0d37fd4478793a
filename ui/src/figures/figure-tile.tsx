import type { KpiWindow } from '#contracts/kpis.ts';
import { Icon } from '../parts/icon.tsx';
import { type FigureWords, figureText } from './figure-words.ts';

const HEIGHT = 20;

/** One number with how it went; a press tells what it means. */
export function FigureTile(props: {
  readonly figure: FigureWords;
  readonly window: KpiWindow;
  readonly windows: readonly KpiWindow[];
}) {
  const { figure, window, windows } = props;
  return (
    <details class="figure-tile" data-figure={figure.name}>
      <summary>
        <span class="figure-label">
          {figure.label} <Icon name="question" size={18} />
        </span>
        <span class="figure-number number">{figureText(figure.unit, window[figure.name])}</span>
        <Spark windows={windows} shown={window} name={figure.name} />
      </summary>
      <p>{figure.meaning}</p>
    </details>
  );
}

/** The same figure in all windows, as bars; the number of the chosen one stands above it. */
function Spark(props: { windows: readonly KpiWindow[]; shown: KpiWindow; name: FigureWords['name'] }) {
  const { windows, shown, name } = props;
  const highest = Math.max(...windows.map((window) => window[name] ?? 0));
  if (highest <= 0 || windows.length < 2) return null;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${windows.length} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {windows.map((window, index) => {
        const height = (HEIGHT * (window[name] ?? 0)) / highest;
        return (
          <rect
            key={window.from}
            class={window === shown ? 'spark-shown' : 'spark-bar'}
            x={index + 0.1}
            width={0.8}
            y={HEIGHT - height}
            height={height}
          />
        );
      })}
    </svg>
  );
}
