import { useState } from 'preact/hooks';
import type { KpiSpan, KpiWindow, SloStatus } from '#contracts/kpis.ts';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import { timeZone } from '../data/session.ts';
import { usePolled } from '../data/use-polled.ts';
import { useResource } from '../data/use-resource.ts';
import { formatDay, formatMinute } from '../format.ts';
import { Blank } from '../parts/blank.tsx';
import { Fetched } from '../parts/fetched.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { kindsOf } from '../sagas/saga-kinds.ts';
import { FigureTile } from './figure-tile.tsx';
import { figureGroups } from './figure-words.ts';
import { ObjectiveCard } from './objective-card.tsx';

const REFRESH_MS = 15_000;
const spanWords: Readonly<Record<KpiSpan, string>> = { hour: 'By the hour', day: 'By the day' };

interface Answer {
  readonly windows: KpiWindow[];
  readonly objectives: SloStatus[];
}

/** How the work of the site goes, in numbers, and whether it is as good as was promised. */
export function FiguresPage() {
  const [span, setSpan] = useState<KpiSpan>('hour');
  const [chosen, setChosen] = useState<string | null>(null);
  const figures = usePolled<Answer>(`/kpis?span=${span}`, REFRESH_MS);
  const { resource } = useResource<{ versions: DefinitionVersion[] }>('/versions');
  const kinds = kindsOf(resource.state === 'ready' ? resource.value.versions : []);
  const titleOf = (saga: string) => kinds.find(({ name }) => name === saga)?.title ?? saga;
  return (
    <>
      <PageHead title="Figures" note="Press a number to see what it means." />
      <Fetched from={figures} what="the figures" rows={6}>
        {({ windows, objectives }) => {
          const sagas = [...new Set(windows.map(({ saga }) => saga))];
          const saga = chosen !== null && sagas.includes(chosen) ? chosen : (sagas[0] ?? null);
          return (
            <>
              {objectives.length === 0 ? null : (
                <div class="objectives">
                  {objectives.map((slo) => (
                    <ObjectiveCard key={slo.saga} slo={slo} title={titleOf(slo.saga)} />
                  ))}
                </div>
              )}
              <div class="figure-choices">
                <Choice
                  label="Length of time"
                  options={(['hour', 'day'] as const).map((id) => ({ id, words: spanWords[id] }))}
                  value={span}
                  choose={(id) => setSpan(id === 'day' ? 'day' : 'hour')}
                />
                <Choice
                  label="Kind of work"
                  options={sagas.map((id) => ({ id, words: titleOf(id) }))}
                  value={saga ?? ''}
                  choose={setChosen}
                />
              </div>
              {saga === null ? (
                <Blank icon="chart" title="No figures yet">
                  They begin with the first order or other work of the site.
                </Blank>
              ) : (
                <Windows key={`${saga} ${span}`} windows={windows.filter((one) => one.saga === saga)} />
              )}
            </>
          );
        }}
      </Fetched>
    </>
  );
}

function Choice(props: {
  readonly label: string;
  readonly options: readonly { readonly id: string; readonly words: string }[];
  readonly value: string;
  readonly choose: (id: string) => void;
}) {
  return (
    <fieldset class="button-row">
      <legend class="visually-hidden">{props.label}</legend>
      {props.options.map(({ id, words }) => (
        <button
          key={id}
          type="button"
          class="button button-neutral"
          aria-pressed={id === props.value}
          onClick={() => props.choose(id)}
        >
          {words}
        </button>
      ))}
    </fieldset>
  );
}

/** The figures of one stretch of time, the newest first; older ones are a press away. */
function Windows({ windows }: { windows: readonly KpiWindow[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const at = windows.findIndex(({ from }) => from === chosen);
  const index = at < 0 ? windows.length - 1 : at;
  const window = windows[index];
  if (window === undefined) return null;
  const go = (to: number) => setChosen(to === windows.length - 1 ? null : (windows[to]?.from ?? null));
  return (
    <>
      <nav class="window-choice" aria-label="Time">
        <button
          type="button"
          class="button button-neutral button-square"
          aria-label="Earlier"
          disabled={index === 0}
          onClick={() => go(index - 1)}
        >
          <Icon name="back" />
        </button>
        <p class="window-name" role="status">
          {windowWords(window)}
          {window.closed ? null : <span class="soft"> so far</span>}
        </p>
        <button
          type="button"
          class="button button-neutral button-square"
          aria-label="Later"
          disabled={index === windows.length - 1}
          onClick={() => go(index + 1)}
        >
          <Icon name="forward" />
        </button>
      </nav>
      {figureGroups.map(({ title, figures }) => (
        <section key={title} class="card" aria-label={title}>
          <h2>{title}</h2>
          <div class="figure-tiles">
            {figures.map((figure) => (
              <FigureTile key={figure.name} figure={figure} window={window} windows={windows} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function windowWords({ span, from, to }: KpiWindow): string {
  const fromMs = Date.parse(from);
  const day = formatDay(fromMs, timeZone.value);
  if (span === 'day') return day;
  return `${day}, ${formatMinute(fromMs, timeZone.value)} – ${formatMinute(Date.parse(to), timeZone.value)}`;
}
