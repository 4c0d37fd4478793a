import { useEffect, useState } from 'preact/hooks';
import type { Redrive, RedriveDetail } from '#contracts/dead-letters.ts';
import { nowMs } from '../data/clock.ts';
import { post } from '../data/http.ts';
import { isTechnician } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { useResource } from '../data/use-resource.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Moment } from '../parts/age.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Mark } from '../parts/mark.tsx';
import { Bar } from '../parts/meter.tsx';
import { href } from '../router.ts';
import { filterWords } from './cause-words.ts';

/** A run goes on between two changes of the open tasks as well. */
const REFRESH_MS = 2_000;
const SHOWN_MAX = 5;
/** What ended longer ago is found in the audit; here it would stand in the way. */
const SHOWN_MS = 3_600_000;

/** The re-drives of many pieces at once: how far each has got, and what it left. */
export function RedriveRuns({ version }: { version: string }) {
  const [tick, setTick] = useState(0);
  const { resource, reload } = useResource<{ redrives: Redrive[] }>('/redrives', `${version} ${tick}`);
  const rows = (resource.state === 'ready' ? resource.value.redrives : []).filter(isRecent);
  const isRunning = rows.some(({ state }) => state === 'running');
  useEffect(() => {
    if (!isRunning || !isLive.value) return;
    const timer = setInterval(() => setTick((turn) => turn + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isRunning, isLive.value]);
  if (resource.state === 'failed') return <FailureNote failure={resource.failure} retry={reload} />;
  if (rows.length === 0) return null;
  return (
    <section class="card runs">
      <h2>Let go on together</h2>
      <ul>
        {rows.slice(0, SHOWN_MAX).map((run) => (
          <li key={run.redriveId} data-run={run.redriveId}>
            <Run run={run} onChanged={reload} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const isRecent = ({ endedAt }: Redrive): boolean =>
  endedAt === null || nowMs.value - Date.parse(endedAt) < SHOWN_MS;

const stateWords = {
  running: { word: 'Under way', icon: 'play', level: 'notice' },
  done: { word: 'Done', icon: 'check', level: 'quiet' },
  stopped: { word: 'Stopped', icon: 'skip', level: 'warning' },
} as const;

function Run({ run, onChanged }: { run: Redrive; onChanged: () => Promise<void> }) {
  const [isOpen, setOpen] = useState(false);
  const words = stateWords[run.state];
  return (
    <div class="run">
      <p class="run-head">
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
        <span class="soft">
          by {run.by}, <Moment at={run.startedAt} />
        </span>
      </p>
      <p>
        “{run.reason}” <span class="soft">({filterWords(run.filter)})</span>
      </p>
      <Bar part={run.total === 0 ? 1 : (run.total - run.pending) / run.total} />
      <p class="number">
        {run.done} of {run.total} go on
        {run.left === 0 ? '' : `, ${run.left} left alone`}
        {run.pending === 0 ? '' : `, ${run.pending} to come`}
      </p>
      <div class="button-row">
        {run.left === 0 ? null : (
          <button
            type="button"
            class="button button-neutral"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'Hide what was left' : 'Show what was left'}
          </button>
        )}
        {run.state === 'running' && isTechnician.value ? (
          <ActionButton
            tone="danger"
            icon="pause"
            act={async () => {
              await post(`/redrives/${encodeURIComponent(run.redriveId)}/stop`);
              await onChanged();
            }}
          >
            Stop it
          </ActionButton>
        ) : null}
      </div>
      {isOpen ? <Left redriveId={run.redriveId} version={run.left} /> : null}
    </div>
  );
}

function Left({ redriveId, version }: { redriveId: string; version: number }) {
  const { resource, reload } = useResource<RedriveDetail>(
    `/redrives/${encodeURIComponent(redriveId)}`,
    version,
  );
  if (resource.state === 'failed') return <FailureNote failure={resource.failure} retry={reload} />;
  if (resource.state === 'loading') return null;
  const left = resource.value.letters.filter(({ state }) => state === 'left');
  return (
    <ul class="left">
      {left.map(({ taskId, detail }) => (
        <li key={taskId}>
          <a href={href('dead-letters', taskId)}>{taskId}</a>: {detail ?? 'left as it is'}
        </li>
      ))}
    </ul>
  );
}
