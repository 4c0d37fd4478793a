import { useState } from 'preact/hooks';
import type { DefinitionVersion, Shadow, ShadowReport } from '#contracts/rollout.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { formatCount } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { href } from '../router.ts';
import { divergenceWords, versionWords } from './rollout-words.ts';

const REPORTS_MAX = 20;

/** A version that is played over what really happened: it touches nothing and tells where it would differ. */
export function ShadowCard(props: {
  shadow: Shadow;
  versions: readonly DefinitionVersion[];
  done: () => void;
}) {
  const { shadow, versions } = props;
  const [ending, setEnding] = useState(false);
  const words = versionWords(shadow.hash, versions);
  return (
    <section class="trial" aria-label={`Dry run of ${words}`} data-shadow={shadow.shadowId}>
      <header class="kind-head">
        <h3>{words.replace(/^v/, 'V')}, played over what really happens</h3>
        <p class="soft">It touches nothing.</p>
      </header>
      <p>{verdict(shadow)}</p>
      {shadow.different === 0 ? null : <Reports shadow={shadow} />}
      {isTechnician.value ? (
        <div class="button-row">
          <button
            type="button"
            class="button button-neutral"
            disabled={!isLive.value}
            onClick={() => setEnding(true)}
          >
            <Icon name="pause" />
            <span>Stop playing it…</span>
          </button>
        </div>
      ) : null}
      {ending ? (
        <ReasonDialog
          title={`Stop playing ${words}?`}
          lead="What it has told stays."
          question="Why? It is kept with what it told."
          action="Stop"
          keep="Go on"
          icon="pause"
          path={`/shadows/${encodeURIComponent(shadow.shadowId)}/stop`}
          done={props.done}
          onClose={() => setEnding(false)}
        />
      ) : null}
    </section>
  );
}

function verdict({ same, different }: Shadow): string {
  const all = same + different;
  if (all === 0) return 'None has ended yet that it could be played over.';
  if (different === 0) return `It would have done the same in all ${formatCount(all)} that have ended.`;
  return `It would have acted differently in ${formatCount(different)} of ${formatCount(all)} that have ended.`;
}

function Reports({ shadow }: { shadow: Shadow }) {
  const [open, setOpen] = useState(false);
  const path = `/shadows/${encodeURIComponent(shadow.shadowId)}/reports?limit=${REPORTS_MAX}`;
  const { resource, reload } = useResource<{ reports: ShadowReport[] }>(open ? path : null, shadow.different);
  return (
    <details class="past" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Where it would have acted differently</summary>
      {!open ? null : resource.state === 'loading' ? (
        <Loading rows={2} what="the reports" />
      ) : resource.state === 'failed' ? (
        <FailureNote failure={resource.failure} retry={reload} />
      ) : (
        <ul class="past-list">
          {resource.value.reports
            .filter(({ verdict }) => verdict === 'different')
            .map((report) => (
              <Report key={report.sagaId} report={report} />
            ))}
        </ul>
      )}
    </details>
  );
}

function Report({ report }: { report: ShadowReport }) {
  return (
    <li data-report={report.sagaId}>
      <p>
        <a href={href('sagas', report.sagaId)}>{report.sagaId}</a>{' '}
        <span class="soft">
          <Moment at={report.at} />
        </span>
      </p>
      <ul class="differences">
        {report.divergences.map(({ kind, words }, row) => (
          <li key={`${kind} ${row}`}>
            <b>{divergenceWords[kind]}:</b> {words}.
          </li>
        ))}
      </ul>
      <p class="soft">
        It really ended {report.realEnd}.{' '}
        {report.shadowEnd === null
          ? 'How this version would have ended is not known.'
          : report.shadowEnd === report.realEnd
            ? 'So would this version have.'
            : `This version would have ended ${report.shadowEnd}.`}
      </p>
    </li>
  );
}
