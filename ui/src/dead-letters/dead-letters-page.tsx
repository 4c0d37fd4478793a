import { useId, useState } from 'preact/hooks';
import type { DeadLetter } from '#contracts/dead-letters.ts';
import { isTechnician } from '../data/session.ts';
import { isLive, tasks } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { Age, Moment } from '../parts/age.tsx';
import { Blank, Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { plural } from '../parts/words.ts';
import { href, keepQuery, route } from '../router.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { causeWords } from './cause-words.ts';
import { countByCause, matches, queryOf, type Shown, shownOf, valuesOf } from './letter-filter.ts';
import { RedriveRuns } from './redrive-runs.tsx';

/** The most that one answer of the appliance holds. */
const LETTERS_MAX = 500;

const show = (shown: Shown): void => keepQuery(queryOf(shown));

/** Work that could not go on by itself, by its cause, and the ways to let much of it go on at once. */
export function DeadLettersPage() {
  const shown = shownOf(route.value.query);
  const [isBulk, setBulk] = useState(false);
  const [begun, setBegun] = useState(0);
  // Each letter has its task: when the open tasks change, the letters may have.
  const version = `${tasks.value.map(({ taskId }) => taskId).join()} ${isLive.value} ${begun}`;
  const { resource, reload } = useResource<{ deadLetters: DeadLetter[] }>(
    `/dead-letters?state=${shown.state}&limit=${LETTERS_MAX}`,
    version,
  );
  const letters =
    resource.state === 'ready'
      ? resource.value.deadLetters
      : resource.state === 'failed'
        ? resource.stale?.deadLetters
        : undefined;
  const rows = (letters ?? []).filter((letter) => matches(letter, shown.filter));
  return (
    <>
      <PageHead
        title="Stuck work"
        note="what could not go on by itself; each piece has a task that asks a person"
      >
        {isTechnician.value && shown.state === 'open' && rows.length > 0 ? (
          <button
            type="button"
            class="button button-neutral"
            disabled={!isLive.value}
            onClick={() => setBulk(true)}
          >
            <Icon name="retry" />
            <span>Let {plural(rows.length, 'piece')} go on…</span>
          </button>
        ) : null}
      </PageHead>
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      <RedriveRuns version={version} />
      {letters === undefined && resource.state === 'loading' ? (
        <Loading rows={4} what="the stuck work" />
      ) : null}
      {letters === undefined ? null : <Letters letters={letters} rows={rows} shown={shown} />}
      {isBulk ? (
        <BulkDialog
          letters={rows}
          filter={shown.filter}
          onClose={() => setBulk(false)}
          onBegun={() => setBegun(begun + 1)}
        />
      ) : null}
    </>
  );
}

function Letters(props: { letters: readonly DeadLetter[]; rows: readonly DeadLetter[]; shown: Shown }) {
  const { letters, rows, shown } = props;
  return (
    <>
      <Filters letters={letters} shown={shown} />
      {letters.length < LETTERS_MAX ? null : (
        <p class="notice">
          These are the first {LETTERS_MAX}. The others follow when some of these are dealt with.
        </p>
      )}
      {rows.length === 0 ? (
        <Blank icon="check" title={shown.state === 'open' ? 'Nothing is stuck' : 'Nothing was stuck'}>
          {letters.length === 0
            ? 'Work that cannot go on by itself is listed here.'
            : 'Nothing of what you have chosen. Choose “All”.'}
        </Blank>
      ) : (
        <ul class="letters">
          {rows.map((letter) => (
            <li key={letter.taskId}>
              <LetterRow letter={letter} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Filters({ letters, shown }: { letters: readonly DeadLetter[]; shown: Shown }) {
  const { state, filter } = shown;
  const { cause: chosen, ...others } = filter;
  const counts = countByCause(letters, filter);
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  return (
    <div class="letter-filters">
      <fieldset class="filters">
        <legend class="visually-hidden">Why it is stuck</legend>
        <CauseButton
          words="All"
          count={all}
          pressed={chosen === undefined}
          press={() => show({ state, filter: others })}
        />
        {counts
          .filter(({ count, cause }) => count > 0 || cause === chosen)
          .map(({ cause, count }) => (
            <CauseButton
              key={cause}
              words={causeWords[cause].word}
              count={count}
              pressed={chosen === cause}
              press={() => show({ state, filter: { ...others, cause } })}
            />
          ))}
      </fieldset>
      <div class="letter-selects">
        <Select
          label="Procedure"
          all="every one"
          value={filter.definition}
          values={valuesOf(letters, 'definition')}
          choose={(definition) =>
            show({
              state,
              filter: { ...without(filter, 'definition'), ...(definition === '' ? {} : { definition }) },
            })
          }
        />
        <Select
          label="Device"
          all="every one"
          value={filter.device}
          values={valuesOf(letters, 'device')}
          choose={(device) =>
            show({ state, filter: { ...without(filter, 'device'), ...(device === '' ? {} : { device }) } })
          }
        />
        <Select
          label="Show"
          all="what is stuck"
          value={state === 'closed' ? 'what was stuck' : undefined}
          values={['what was stuck']}
          choose={(value) => show({ state: value === '' ? 'open' : 'closed', filter })}
        />
      </div>
    </div>
  );
}

function without(filter: Shown['filter'], name: 'definition' | 'device'): Shown['filter'] {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => key !== name));
}

function CauseButton(props: { words: string; count: number; pressed: boolean; press: () => void }) {
  return (
    <button type="button" class="button button-neutral" aria-pressed={props.pressed} onClick={props.press}>
      {props.words} <span class="number">{props.count}</span>
    </button>
  );
}

function Select(props: {
  label: string;
  all: string;
  value: string | undefined;
  values: readonly string[];
  choose: (value: string) => void;
}) {
  const id = useId();
  const { value = '' } = props;
  const values = value === '' || props.values.includes(value) ? props.values : [...props.values, value];
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={value} onChange={(event) => props.choose(event.currentTarget.value)}>
        <option value="">{props.all}</option>
        {values.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </div>
  );
}

function LetterRow({ letter }: { letter: DeadLetter }) {
  const { title, cause, reason, device, openedAt, closedAt, closedBy, attempts, role } = letter;
  return (
    <a
      class={closedAt === null ? 'letter' : 'letter letter-closed'}
      data-letter={letter.taskId}
      href={href('dead-letters', letter.taskId)}
    >
      <div class="letter-main">
        <p class="letter-title">
          {role === 'compensation' ? 'Undo: ' : ''}
          {title}
          {device === null ? null : <span class="soft"> at {device}</span>}
        </p>
        <p class="letter-cause">{causeWords[cause].word}</p>
        <p class="soft">{reason}</p>
      </div>
      <p class="soft letter-when">
        {closedAt === null ? (
          <>
            stuck for <Age at={openedAt} ago={false} />
          </>
        ) : (
          <>
            {closedBy === null ? 'over since ' : `${closedBy} decided at `}
            <Moment at={closedAt} />
          </>
        )}
        {attempts > 1 ? `, ${attempts} attempts` : ''}
      </p>
      <Icon name="forward" />
    </a>
  );
}
