import type { DefinitionVersion, Divergence, Rollout, RolloutTake } from '#contracts/rollout.ts';
import { formatDuration, formatSpan } from '../format.ts';
import type { Words } from '../parts/words.ts';

/** One thing that the guard watches, ready to be read. */
export interface GuardRow {
  readonly label: string;
  readonly old: string;
  readonly new: string;
  /** At most so much. */
  readonly limit: string;
  /** Past its limit. It counts only once there are samples enough. */
  readonly over: boolean;
}

const percent = (rate: number): string => `${Math.round(rate * 1_000) / 10} %`;
const none = '–';

/** What the guard of a rollout goes by: old and new version side by side, and how bad the new one may be. */
export function guardRows({ guard, old, new: fresh }: Rollout): GuardRow[] {
  const rate = (label: string, name: 'failureRate' | 'compensationRate', more: number | null): GuardRow => {
    const known = fresh !== null && fresh.samples > 0;
    const limit = more === null ? null : Math.min(1, (old?.[name] ?? 0) + more);
    return {
      label,
      old: old === null || old.samples === 0 ? none : percent(old[name]),
      new: known ? percent(fresh[name]) : none,
      limit: limit === null ? 'not judged' : percent(limit),
      over: known && limit !== null && fresh[name] > limit,
    };
  };
  return [
    rate('Failed, or needed a person', 'failureRate', guard.failureMore),
    rate('Had to take something back', 'compensationRate', guard.compensationMore),
    durationRow(guard.durationFactor, old?.durationMsP95 ?? null, fresh?.durationMsP95 ?? null),
  ];
}

function durationRow(factor: number | null, old: number | null, fresh: number | null): GuardRow {
  const limit = factor === null || old === null ? null : factor * old;
  return {
    label: 'Duration of the slowest twentieth',
    old: old === null ? none : formatDuration(old),
    new: fresh === null ? none : formatDuration(fresh),
    limit: limit === null ? 'not judged' : formatDuration(limit),
    over: limit !== null && fresh !== null && fresh > limit,
  };
}

export function samplesWords({ guard, new: fresh }: Rollout): string {
  const samples = fresh?.samples ?? 0;
  const within = `ended within ${formatSpan(guard.windowMs)}`;
  return samples < guard.samplesMin
    ? `${samples} of ${guard.samplesMin} that are needed for a judgement have ${within}.`
    : `${samples} ${within}: it is judged all the time, and taken back by itself when it is worse.`;
}

/** "10 % of all", "those of zone a and b". */
export function takeWords(take: RolloutTake, key: string): string {
  if ('percent' in take) return `${take.percent} % of the new ones`;
  const what = key.slice(key.lastIndexOf('.') + 1);
  return `new ones whose ${what} is ${listed(take.values)}`;
}

const listed = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

export const rolloutWords: Readonly<Record<Rollout['state'], Words>> = {
  running: { word: 'On trial', icon: 'play', level: 'notice' },
  promoted: { word: 'Taken over for all', icon: 'check', level: 'quiet' },
  aborted: { word: 'Ended by a person', icon: 'cross', level: 'quiet' },
  'rolled-back': { word: 'Taken back by its guard', icon: 'undo', level: 'warning' },
};

export const divergenceWords: Readonly<Record<Divergence['kind'], string>> = {
  added: 'It would have done more',
  'left-out': 'It would have left something out',
  input: 'It would have done the same with other values',
  order: 'It would have done it in another order',
  'no-outcome': 'It is not known how it would have gone on',
  end: 'It would have ended otherwise',
};

/** "Version 3", and the hash too where two versions bear the same number. */
export function versionWords(hash: string, versions: readonly DefinitionVersion[]): string {
  const version = versions.find((one) => one.hash === hash);
  if (version === undefined) return `version ${hash.slice(0, 8)}`;
  const alike =
    versions.filter((one) => one.version === version.version && one.name === version.name).length > 1;
  return alike ? `version ${version.version} (${hash.slice(0, 8)})` : `version ${version.version}`;
}
