import type { Guard, GuardFigures } from '#contracts/rollout.ts';

/** One saga of a version, as far as it has come. */
export interface Sample {
  readonly status: string;
  readonly amended: boolean;
  /** A person had to help it on. */
  readonly parked: boolean;
  /** Until its end, or until now. */
  readonly durationMs: number;
  readonly ended: boolean;
}

export interface Judgement {
  readonly rollBack: boolean;
  /** In words, why, or how far it has come. */
  readonly reason: string;
  readonly old: GuardFigures;
  readonly new: GuardFigures;
}

/**
 * Whether the new version does worse than the old one. Sagas that somebody cancelled say nothing about either.
 * One that waits for a person has failed already, whether it ends or not; one that has run for longer than its
 * limit is as slow as that at least. Without samples of the old version its rates count as 0, and durations are
 * not compared.
 */
export function judgeGuard(guard: Guard, old: readonly Sample[], fresh: readonly Sample[]): Judgement {
  const before = figuresOf(old.filter(counts));
  const limitMs =
    guard.durationFactor === null || before.durationMsP95 === null
      ? null
      : guard.durationFactor * before.durationMsP95;
  const stuck = (one: Sample) => limitMs !== null && one.durationMs > limitMs && one.status !== 'cancelled';
  const now = figuresOf(fresh.filter((one) => counts(one) || stuck(one)));
  const figures = { old: before, new: now };
  if (now.samples < guard.samplesMin) {
    const reason = `${now.samples} of ${guard.samplesMin} sagas that are needed for a judgement`;
    return { rollBack: false, reason, ...figures };
  }
  const worse =
    compareRates('failed', now.failureRate, before.failureRate, guard.failureMore) ??
    compareRates(
      'had to make amends',
      now.compensationRate,
      before.compensationRate,
      guard.compensationMore,
    ) ??
    compareDurations(now.durationMsP95, before.durationMsP95, limitMs);
  return {
    rollBack: worse !== null,
    reason: worse ?? `as good as the old version over ${now.samples} sagas`,
    ...figures,
  };
}

const counts = ({ status, parked, ended }: Sample): boolean => status !== 'cancelled' && (ended || parked);
const hasFailed = ({ status, parked }: Sample): boolean => parked || status === 'compensated';

function figuresOf(samples: readonly Sample[]): GuardFigures {
  const share = (has: (one: Sample) => boolean) =>
    samples.length === 0 ? 0 : samples.filter(has).length / samples.length;
  const durations = samples.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return {
    samples: samples.length,
    failureRate: share(hasFailed),
    compensationRate: share(({ amended }) => amended),
    // Nearest rank.
    durationMsP95: durations[Math.ceil(durations.length * 0.95) - 1] ?? null,
  };
}

function compareRates(what: string, now: number, before: number, more: number | null): string | null {
  if (more === null || now <= before + more) return null;
  const percent = (rate: number) => `${Math.round(rate * 1_000) / 10} %`;
  return `${percent(now)} ${what}, of the old version ${percent(before)}; at most ${percent(more)} more were allowed`;
}

function compareDurations(now: number | null, before: number | null, limitMs: number | null): string | null {
  if (now === null || before === null || limitMs === null || now <= limitMs) return null;
  const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
  return `95 of 100 took up to ${seconds(now)}, with the old version ${seconds(before)}; at most ${seconds(limitMs)} were allowed`;
}
