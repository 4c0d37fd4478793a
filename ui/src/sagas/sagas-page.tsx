import type { DefinitionVersion } from '#contracts/rollout.ts';
import type { SagaSummary } from '#contracts/saga-api.ts';
import { nowMs } from '../data/clock.ts';
import { useResource } from '../data/use-resource.ts';
import { formatCount, formatDuration } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { href, keepQuery, route } from '../router.ts';
import { anything, isAnything, readFilter, type SagaFilter, writeFilter } from './saga-filter.ts';
import { kindsOf, type SagaKind } from './saga-kinds.ts';
import { SagaSearch } from './saga-search.tsx';
import { aboutWords, isOver, orderOf, statusWords } from './saga-words.ts';
import { type Found, ROWS_MAX, useSagaSearch } from './use-saga-search.ts';

/** Every procedure that ever ran here: found by what it was about, newest first. */
export function SagasPage() {
  const filter = readFilter(route.value.query);
  const { found, more, again } = useSagaSearch(filter);
  const { resource } = useResource<{ versions: DefinitionVersion[] }>('/versions');
  const kinds = kindsOf(resource.state === 'ready' ? resource.value.versions : []);
  const change = (part: Partial<SagaFilter>) => keepQuery(writeFilter({ ...filter, ...part }));
  return (
    <>
      <PageHead title="Procedures" note="What the appliance carries out step by step, now and before.">
        <button type="button" class="button button-neutral" onClick={again}>
          <Icon name="retry" />
          <span>Look again</span>
        </button>
      </PageHead>
      <SagaSearch filter={filter} kinds={kinds} change={change} />
      <Running kinds={kinds} filter={filter} change={change} />
      {found.failure === null ? null : <FailureNote failure={found.failure} retry={again} />}
      <Rows found={found} filter={filter} more={more} />
    </>
  );
}

/** How many run now, by kind: a press shows them. */
function Running(props: {
  kinds: readonly SagaKind[];
  filter: SagaFilter;
  change: (part: Partial<SagaFilter>) => void;
}) {
  const busy = props.kinds.filter(({ running }) => running > 0);
  if (busy.length === 0) return null;
  const { name: chosen, status } = props.filter;
  return (
    <ul class="saga-counts" aria-label="Running now">
      {busy.map(({ name, title, running }) => {
        const pressed = chosen === name && status === 'running';
        return (
          <li key={name}>
            <button
              type="button"
              class="button button-neutral"
              aria-pressed={pressed}
              onClick={() => props.change(pressed ? { name: '', status: '' } : { name, status: 'running' })}
            >
              <b class="number">{formatCount(running)}</b>
              <span>{title}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Rows({ found, filter, more }: { found: Found; filter: SagaFilter; more: () => void }) {
  const { rows, next, state } = found;
  if (rows.length === 0 && state === 'loading') return <Loading rows={5} what="procedures" />;
  if (rows.length === 0 && state === 'failed') return null;
  if (rows.length === 0 && next === null) return <Nothing filter={filter} />;
  return (
    <div
      class={state === 'loading' ? 'saga-found saga-found-old' : 'saga-found'}
      aria-busy={state === 'loading'}
    >
      <p class="soft" role="status">
        {foundWords(found, filter)}
      </p>
      <ul class="saga-rows">
        {rows.map((saga) => (
          <li key={saga.sagaId}>
            <SagaRow saga={saga} />
          </li>
        ))}
      </ul>
      {next === null || rows.length >= ROWS_MAX ? null : (
        <button type="button" class="button button-neutral" disabled={state === 'loading'} onClick={more}>
          {rows.length === 0 ? 'Look further back' : 'Show more'}
        </button>
      )}
    </div>
  );
}

/** By the number of an order they come in the order of the numbers. */
function foundWords({ rows, next, count }: Found, { order }: SagaFilter): string {
  if (rows.length === 0) return 'None among the newest. There are older ones.';
  const first = order === '' ? ', newest first' : '';
  if (next === null) return `${formatCount(rows.length)} found${first}. These are all.`;
  const isMore = count !== null && count.atLeast > rows.length;
  const of = isMore ? ` of ${formatCount(count.atLeast)}${count.exact ? '' : '+'}` : '';
  const shown = `${formatCount(rows.length)}${of} found${first}.`;
  if (rows.length >= ROWS_MAX) return `${shown} Narrow the search to see others.`;
  return isMore ? shown : `${shown} There are more.`;
}

function Nothing({ filter }: { filter: SagaFilter }) {
  if (isAnything(filter)) {
    return (
      <Blank icon="procedure" title="Nothing has run yet">
        A procedure begins with an order, a booking, or when a person starts one.
      </Blank>
    );
  }
  return (
    <div class="saga-none">
      <Blank icon="search" title="Nothing found">
        Words are looked for whole, such as the name of a place or an article.
      </Blank>
      <button type="button" class="button button-neutral" onClick={() => keepQuery(writeFilter(anything))}>
        Show all
      </button>
    </div>
  );
}

function SagaRow({ saga }: { saga: SagaSummary }) {
  const words = statusWords[saga.status];
  const order = orderOf(saga);
  const about = order === null ? aboutWords(saga) : `order ${order}`;
  const endMs = saga.endedAt === null ? nowMs.value : Date.parse(saga.endedAt);
  const span = formatDuration(Math.max(0, endMs - Date.parse(saga.startedAt)));
  return (
    <a class="row-link saga-row" href={href('sagas', saga.sagaId)} data-saga={saga.sagaId}>
      <span class="saga-what">
        <b>{saga.title}</b>
        {about === '' ? null : <span class="saga-about">{about}</span>}
      </span>
      <span class="saga-state">
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
        {saga.amended && saga.status === 'completed' ? (
          <span class="soft small">something was taken back</span>
        ) : null}
      </span>
      <span class="saga-when soft">
        <Moment at={saga.startedAt} />
        <span class="number">{isOver(saga.status) ? `took ${span}` : `for ${span}`}</span>
      </span>
      <Icon name="forward" />
    </a>
  );
}
