import type { ModelGuard, ModelState } from '#contracts/models.ts';
import { stabilityIndex } from './stability.ts';

/** One decision of a model, as its quality is measured by it. */
export interface Sample {
  readonly key: string;
  readonly answer: string;
  readonly score: number;
  /** Numbers of its input, by name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** What a person, or time, said it should have been; null while nobody has. */
  readonly actual: string | null;
}

/** What the numbers of a version looked like when it was new. */
export type Baseline = Readonly<Record<string, readonly number[]>>;

export interface Quality {
  readonly state: Exclude<ModelState, 'failing'>;
  readonly why: string;
  readonly judged: number;
  readonly accuracy: number | null;
  readonly psi: number | null;
  readonly psiOf: string | null;
}

/** Fewer words of people than this say nothing about a model. */
const JUDGED_COUNT_MIN = 20;
export const SCORE = 'score';

/** How a model does on its newest decisions. Pure. `baseline` null: it is still being made. */
export function qualityOf(guard: ModelGuard, baseline: Baseline | null, window: readonly Sample[]): Quality {
  const known = window.filter(({ actual }) => actual !== null);
  const right = known.filter(({ actual, answer }) => actual === answer).length;
  const accuracy = known.length === 0 ? null : right / known.length;
  const drift = baseline === null || window.length < guard.windowCount ? null : driftOf(baseline, window);
  const numbers = { judged: known.length, accuracy, psi: drift?.psi ?? null, psiOf: drift?.of ?? null };
  if (accuracy !== null && known.length >= JUDGED_COUNT_MIN && accuracy < guard.accuracyMin) {
    const why = `people agreed with ${percent(accuracy)} of its last ${known.length} judged answers; at least ${percent(guard.accuracyMin)} is asked for`;
    return { state: 'inaccurate', why, ...numbers };
  }
  if (drift !== null && drift.psi > guard.psiMax) {
    const why = `${drift.of} has shifted: stability index ${drift.psi.toFixed(2)}, at most ${guard.psiMax} is asked for`;
    return { state: 'drifted', why, ...numbers };
  }
  if (baseline === null) {
    const why = `${window.length} of ${guard.windowCount} decisions of this version, which later ones are held against`;
    return { state: 'learning', why, ...numbers };
  }
  return { state: 'trusted', why: 'its answers and its inputs are as they were', ...numbers };
}

/** Every number of the samples, and the score, by name. */
export function columnsOf(samples: readonly Sample[]): Baseline {
  const columns: Record<string, number[]> = { [SCORE]: samples.map(({ score }) => score) };
  for (const { numbers } of samples) {
    for (const [name, value] of Object.entries(numbers)) columns[name] = [...(columns[name] ?? []), value];
  }
  return columns;
}

function driftOf(baseline: Baseline, window: readonly Sample[]): { psi: number; of: string } | null {
  let worst: { psi: number; of: string } | null = null;
  for (const [of, values] of Object.entries(columnsOf(window))) {
    const psi = stabilityIndex(baseline[of] ?? [], values);
    if (psi !== null && (worst === null || psi > worst.psi)) worst = { psi, of };
  }
  return worst;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
