import { deadLetterCauses } from '#contracts/sagas.ts';
import { crashPoints } from '../../../appliance/test-kit/index.ts';
import { faultKinds } from '../../../local-orchestrator/test-kit/index.ts';
import { blockKinds } from './random-saga.ts';
import type { SeedReport } from './run-seed.ts';
import { shareNames } from './shares.ts';

/** What a set of seeds has shown, added up. */
export interface Summary {
  readonly seeds: number;
  readonly fired: Record<string, number>;
  readonly kinds: Record<string, number>;
  readonly ends: Record<string, number>;
  /** Planned, and did not come about in that seed: the saga had ended before. */
  readonly unfired: number;
  readonly failures: { readonly seed: number; readonly problems: readonly string[] }[];
}

export const emptySummary = (): Summary => ({
  seeds: 0,
  fired: {},
  kinds: {},
  ends: {},
  unfired: 0,
  failures: [],
});

export function add(summary: Summary, report: SeedReport): Summary {
  const count = (into: Record<string, number>, names: Iterable<string>) => {
    for (const name of names) into[name] = (into[name] ?? 0) + 1;
  };
  count(summary.fired, report.fired.keys());
  count(summary.kinds, report.kinds);
  count(summary.ends, report.ends);
  const unfired = report.planned.filter((what) => !report.fired.has(what)).length;
  const failures =
    report.problems.length === 0 ? [] : [{ seed: report.seed, problems: report.problems.slice(0, 10) }];
  return {
    ...summary,
    seeds: summary.seeds + 1,
    unfired: summary.unfired + unfired,
    failures: [...summary.failures, ...failures],
  };
}

export function merge(one: Summary, other: Summary): Summary {
  const sums = (a: Record<string, number>, b: Record<string, number>) => {
    const sum = { ...a };
    for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
    return sum;
  };
  return {
    seeds: one.seeds + other.seeds,
    fired: sums(one.fired, other.fired),
    kinds: sums(one.kinds, other.kinds),
    ends: sums(one.ends, other.ends),
    unfired: one.unfired + other.unfired,
    failures: [...one.failures, ...other.failures],
  };
}

const around = [
  'clock forward',
  'clock back',
  'clock changes to or from summer time',
  'cancel',
  'stopped and started',
  'early signal',
  'early signal to a child',
  'late signal',
  'duplicate signal',
  'begun twice',
  'real store',
];
const amongPeople = [
  'decided',
  'claim lost',
  'answered too late',
  'escalated',
  're-driven',
  're-driven with another input',
  're-driven in bulk',
  're-driven too late',
  ...['retry', 'wait', 'done', 'not-done', 'ask', 'skip', 'cancel'].map((what) => `resumed by ${what}`),
];
const atWork = [
  'result too late',
  'given up when it was done',
  'question in vain',
  'answer to a question late',
  'progress found',
  'waited for a turn',
  ...['granted', 'silent', 'recovered', 'child-ended', 'woken', 'cancel'].map((type) => `event ${type}`),
  ...['made', 'skipped', 'voided'].map((what) => `amends ${what}`),
  ...deadLetterCauses.filter((cause) => cause !== 'definition-broken').map((cause) => `parked ${cause}`),
];
const ofModels = ['acted', 'approved', 'escalated', 'failed', 'decided by a person', 'of no use', 'silent'];

/** What a set of seeds must have shown to be a proof, and has not: it names the faults that never fired. */
export function missingOf({ fired, kinds, ends }: Summary): string[] {
  const wanted = [
    ...faultKinds,
    ...crashPoints.map((point) => `crash ${point}`),
    ...around,
    ...amongPeople,
    ...atWork,
    ...ofModels.map((what) => `model ${what}`),
  ];
  const joins = ['all', 'any', 'settled', 'count'].flatMap((need) => [`parallel ${need}`, `each ${need}`]);
  const limits = shareNames.map((name) => `limit ${name}`);
  return [
    ...wanted.filter((what) => fired[what] === undefined).map((what) => `never fired: ${what}`),
    ...[...blockKinds, ...joins, ...limits]
      .filter((kind) => kinds[kind] === undefined)
      .map((kind) => `no ${kind}`),
    ...['completed', 'compensated', 'cancelled']
      .filter((end) => !ends[end])
      .map((end) => `none ended ${end}`),
  ];
}
