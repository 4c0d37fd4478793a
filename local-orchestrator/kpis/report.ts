import type { KpiFigures } from '#contracts/kpis.ts';
import { type Counted, durationQuantile, type Sums } from './figures.ts';

/** The figures that people read, computed of what was added up. */
export function report(sums: Sums): KpiFigures {
  const of = (figure: Counted): number => sums.get(figure) ?? 0;
  const mean = (sum: Counted, count: Counted) => (of(count) === 0 ? null : Math.round(of(sum) / of(count)));
  const share = (part: number, whole: number) => (whole === 0 ? null : Math.min(1, part / whole));
  const ended = of('completed') + of('compensated') + of('cancelled');
  return {
    started: of('started'),
    completed: of('completed'),
    compensated: of('compensated'),
    cancelled: of('cancelled'),
    durationMsMean: mean('durationMs', 'completed'),
    durationMsP50: durationQuantile(sums, 0.5),
    durationMsP95: durationQuantile(sums, 0.95),
    compensationRate: share(of('withAmends'), ended),
    compensations: of('compensations'),
    failedCompensations: of('failedCompensations'),
    failedCompensationRate: share(of('failedCompensations'), of('compensations')),
    manualResolutionMsMean: mean('manualMs', 'manualSteps'),
    deadLetters: of('deadLetters'),
    detectMsMean: mean('detectMs', 'deadLetters'),
    recoveries: of('recoveries'),
    recoverMsMean: mean('recoverMs', 'recoveries'),
    automatedSteps: of('automatedSteps'),
    manualSteps: of('manualSteps'),
    automatedRate: share(of('automatedSteps'), of('automatedSteps') + of('manualSteps')),
    retries: of('retries'),
    deliveries: of('deliveries'),
    duplicates: of('duplicates'),
    duplicateRate: share(of('duplicates'), of('deliveries')),
    sloGood: of('sloGood'),
    sloBad: of('sloBad'),
  };
}

/** Several windows as one. */
export function sumOf(windows: readonly Sums[]): Sums {
  const total = new Map<string, number>();
  for (const sums of windows) {
    for (const [figure, value] of sums) total.set(figure, (total.get(figure) ?? 0) + value);
  }
  return total;
}
