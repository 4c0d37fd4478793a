import { useState } from 'preact/hooks';
import type { DefinitionVersion, Rollout } from '#contracts/rollout.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { Moment } from '../parts/age.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { guardRows, rolloutWords, samplesWords, takeWords, versionWords } from './rollout-words.ts';

interface Props {
  readonly rollout: Rollout;
  readonly versions: readonly DefinitionVersion[];
  readonly done: () => void;
}

/** A version that some get: who, how it does beside the old one, and how to end it either way. */
export function RolloutCard({ rollout, versions, done }: Props) {
  const [asking, setAsking] = useState<'promote' | 'abort' | null>(null);
  const words = rolloutWords[rollout.state];
  const fresh = versionWords(rollout.to, versions);
  return (
    <section class="trial" aria-label={`Trial of ${fresh}`} data-rollout={rollout.rolloutId}>
      <header class="kind-head">
        <h3>
          {fresh.replace(/^v/, 'V')} instead of {versionWords(rollout.from, versions)}
        </h3>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
      </header>
      <p>
        It gets {takeWords(rollout.take, rollout.key)}. Begun by {rollout.startedBy} at{' '}
        <Moment at={rollout.startedAt} />: “{rollout.reason}”
      </p>
      <GuardTable rollout={rollout} />
      <p class="soft">{samplesWords(rollout)}</p>
      {isTechnician.value ? (
        <div class="button-row">
          <button
            type="button"
            class="button button-primary"
            disabled={!isLive.value}
            onClick={() => setAsking('promote')}
          >
            <Icon name="check" />
            <span>Give it to all…</span>
          </button>
          <button
            type="button"
            class="button button-danger"
            disabled={!isLive.value}
            onClick={() => setAsking('abort')}
          >
            <Icon name="undo" />
            <span>End the trial…</span>
          </button>
        </div>
      ) : null}
      {asking === null ? null : (
        <EndDialog rollout={rollout} fresh={fresh} end={asking} done={done} onClose={() => setAsking(null)} />
      )}
    </section>
  );
}

function EndDialog(props: {
  rollout: Rollout;
  fresh: string;
  end: 'promote' | 'abort';
  done: () => void;
  onClose: () => void;
}) {
  const { rollout, fresh, end } = props;
  const promotes = end === 'promote';
  return (
    <ReasonDialog
      title={promotes ? `Give ${fresh} to all?` : `End the trial of ${fresh}?`}
      lead={
        promotes
          ? 'All new ones get it from now on. Those that run stay on theirs.'
          : 'No new one gets it from now on. Those that are on it end on it.'
      }
      question="Why? It is kept with the trial."
      action={promotes ? 'Give it to all' : 'End the trial'}
      keep="Go on as it is"
      tone={promotes ? 'primary' : 'danger'}
      icon={promotes ? 'check' : 'undo'}
      path={`/rollouts/${encodeURIComponent(rollout.name)}/${end}`}
      done={props.done}
      onClose={props.onClose}
    />
  );
}

function GuardTable({ rollout }: { rollout: Rollout }) {
  return (
    <table class="guard">
      <caption class="visually-hidden">What the guard goes by</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">What</span>
          </th>
          <th scope="col" class="cell-number">
            Old
          </th>
          <th scope="col" class="cell-number">
            New
          </th>
          <th scope="col" class="cell-number">
            At most
          </th>
        </tr>
      </thead>
      <tbody>
        {guardRows(rollout).map((row) => (
          <tr key={row.label} class={row.over ? 'guard-over' : undefined}>
            <th scope="row">{row.label}</th>
            <td class="cell-number number">{row.old}</td>
            <td class="cell-number number">
              {row.over ? <Icon name="exclaim" size={18} /> : null} {row.new}
              {row.over ? <span class="visually-hidden">, more than allowed</span> : null}
            </td>
            <td class="cell-number number">{row.limit}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const PAST_MAX = 5;

/** How earlier trials ended, newest first. */
export function RolloutPast(props: { rollouts: readonly Rollout[]; versions: readonly DefinitionVersion[] }) {
  if (props.rollouts.length === 0) return null;
  const newest = props.rollouts.toSorted((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? ''));
  return (
    <details class="past">
      <summary>Earlier trials</summary>
      <ul class="past-list">
        {newest.slice(0, PAST_MAX).map((rollout) => (
          <li key={rollout.rolloutId}>
            <p>
              <b>{versionWords(rollout.to, props.versions).replace(/^v/, 'V')}</b>{' '}
              <Mark {...rolloutWords[rollout.state]}>{rolloutWords[rollout.state].word}</Mark>
            </p>
            <p class="soft">
              {rollout.endedAt === null ? null : <Moment at={rollout.endedAt} />}
              {rollout.endedBy === null || rollout.state === 'rolled-back' ? '' : `, ${rollout.endedBy}`}
              {rollout.endReason === null ? '' : `: ${rollout.endReason}`}
            </p>
          </li>
        ))}
      </ul>
    </details>
  );
}
