import type { TimelineEntry } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { timeZone } from '../data/session.ts';
import { isLive } from '../data/site.ts';
import { formatDuration, localInstants } from '../format.ts';
import { Moment } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';

const kindWords: Readonly<Record<TimelineEntry['kind'], string | null>> = {
  order: 'Order',
  step: null,
  compensation: 'Undo',
  command: 'Command',
  task: 'Person',
  retry: 'Again',
  safety: 'Safety',
  saga: 'Procedure',
};

const outcomes: Readonly<Record<TimelineEntry['outcome'], { icon: IconName; word: string | null }>> = {
  running: { icon: 'play', word: 'running' },
  ok: { icon: 'check', word: null },
  failed: { icon: 'cross', word: 'failed' },
  refused: { icon: 'shield', word: 'refused' },
  unknown: { icon: 'question', word: 'outcome unknown' },
  waiting: { icon: 'clock', word: 'waiting' },
  skipped: { icon: 'skip', word: 'not needed' },
  info: { icon: 'note', word: null },
};

/**
 * Oldest first, as it was lived. Amends are set apart by their arrow, their word and a dashed line. `past`: it is
 * shown as it was once, so what ran then does not run on.
 */
export function Timeline({ entries, past = false }: { entries: readonly TimelineEntry[]; past?: boolean }) {
  if (entries.length === 0) {
    return (
      <Blank icon="clock" title="Nothing happened yet">
        The order is accepted and waits for its turn.
      </Blank>
    );
  }
  return (
    <ol class="timeline">
      {entries.map((entry, row) => (
        <Entry key={`${entry.at} ${row}`} entry={entry} past={past} />
      ))}
    </ol>
  );
}

function Entry({ entry, past }: { entry: TimelineEntry; past: boolean }) {
  const outcome = outcomes[entry.outcome];
  const kind = kindWords[entry.kind];
  return (
    <li class={`entry entry-${entry.kind} entry-${entry.outcome}`} data-kind={entry.kind}>
      <span class="entry-dot">
        <Icon name={iconOf(entry)} size={18} />
      </span>
      <div class="entry-main">
        <p class="entry-title">
          {kind === null ? null : <span class="entry-kind">{kind}</span>}
          <span>{entry.title}</span>
          {outcome.word === null ? null : <span class="entry-outcome">{outcome.word}</span>}
          {entry.attempt !== null && entry.attempt > 1 ? (
            <span class="entry-attempt number">attempt {entry.attempt}</span>
          ) : null}
        </p>
        {entry.detail === null ? null : (
          <p class="entry-detail">{localInstants(entry.detail, nowMs.value, timeZone.value)}</p>
        )}
      </div>
      <p class="entry-time">
        <Moment at={entry.at} />
        <Duration entry={entry} past={past} />
      </p>
    </li>
  );
}

function iconOf(entry: TimelineEntry): IconName {
  if (entry.kind === 'compensation' && entry.outcome === 'ok') return 'undo';
  if (entry.kind === 'retry') return 'retry';
  return outcomes[entry.outcome].icon;
}

function Duration({ entry, past }: { entry: TimelineEntry; past: boolean }) {
  if (entry.durationMs !== null) return <span class="soft number">{formatDuration(entry.durationMs)}</span>;
  const open = entry.outcome === 'running' || entry.outcome === 'waiting';
  // A clock that goes on while the picture stands still would be a lie.
  if (!open || past || !isLive.value) return null;
  return (
    <span class="soft number">{formatDuration(Math.max(1_000, nowMs.value - Date.parse(entry.at)))}</span>
  );
}
