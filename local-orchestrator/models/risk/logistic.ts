/** One example: numbers in a fixed order, and whether it happened. */
export interface Example {
  readonly x: readonly number[];
  readonly y: 0 | 1;
}

/** A logistic regression over standardised numbers. Plain data: it is written down and read again. */
export interface Logistic {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Keeps weights small where examples are few. */
const RIDGE = 1e-3;
const STEP = 0.5;
/** Passes over the examples between two breaths, so that nobody waits for the training. */
const BREATH_PASSES = 5;

/**
 * Fits by gradient descent, full batch: small data, no randomness, the same result on every box. Yields to the
 * event loop every few passes.
 */
export async function trainLogistic(examples: readonly Example[], passes = 300): Promise<Logistic> {
  const width = examples[0]?.x.length ?? 0;
  const { mean, spread } = scalesOf(examples, width);
  const rows = examples.map(({ x, y }) => ({
    z: x.map((value, at) => standard(value, mean, spread, at)),
    y,
  }));
  const weights = new Array<number>(width).fill(0);
  let bias = logit(share(examples));
  for (let pass = 0; pass < passes; pass += 1) {
    const slope = new Array<number>(width).fill(0);
    let biasSlope = 0;
    for (const { z, y } of rows) {
      const miss = sigmoid(bias + dot(weights, z)) - y;
      biasSlope += miss;
      for (let at = 0; at < width; at += 1) slope[at] = (slope[at] ?? 0) + miss * (z[at] ?? 0);
    }
    bias -= (STEP * biasSlope) / rows.length;
    for (let at = 0; at < width; at += 1) {
      const weight = weights[at] ?? 0;
      weights[at] = weight - STEP * ((slope[at] ?? 0) / rows.length + RIDGE * weight);
    }
    if (pass % BREATH_PASSES === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { mean, spread, weights, bias };
}

/** Probability, and what each number added to its logit. */
export function predictLogistic(model: Logistic, x: readonly number[]): { score: number; effects: number[] } {
  const effects = x.map(
    (value, at) => (model.weights[at] ?? 0) * standard(value, model.mean, model.spread, at),
  );
  return { score: sigmoid(model.bias + effects.reduce((sum, one) => sum + one, 0)), effects };
}

/** Probability that a random example of the one kind is scored above one of the other; ties count half. */
export function areaUnderCurve(
  scored: readonly { readonly score: number; readonly y: 0 | 1 }[],
): number | null {
  const positives = scored.filter(({ y }) => y === 1).length;
  const negatives = scored.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]?.score === sorted[from]?.score) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at += 1) if (sorted[at]?.y === 1) rankSum += rank;
    from = to;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
const logit = (p: number): number => Math.log(p / (1 - p));
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const standard = (value: number, mean: readonly number[], spread: readonly number[], at: number): number =>
  (value - (mean[at] ?? 0)) / (spread[at] ?? 1);

/** Never 0 or 1: its logit is where the fit begins. */
const share = (examples: readonly Example[]): number =>
  (examples.filter(({ y }) => y === 1).length + 1) / (examples.length + 2);

function scalesOf(examples: readonly Example[], width: number): { mean: number[]; spread: number[] } {
  const mean: number[] = [];
  const spread: number[] = [];
  for (let at = 0; at < width; at += 1) {
    const values = examples.map(({ x }) => x[at] ?? 0);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    mean.push(average);
    // A number that never varies tells nothing; 1 keeps it from dividing by nothing.
    spread.push(variance > 0 ? Math.sqrt(variance) : 1);
  }
  return { mean, spread };
}
