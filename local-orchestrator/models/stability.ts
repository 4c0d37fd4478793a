/** Fewer classes than this would hide a shift, more would see one in noise. */
const BIN_COUNT = 10;
/** A class that is empty on one side counts as this share, or the index would be without bound. */
const SHARE_MIN = 1e-4;

/**
 * Population-stability index of `actual` against `expected`: Σ (a − e) · ln(a / e) over the deciles of `expected`.
 * Below 0.1 nothing has changed, from 0.25 on it has. Null when there is too little of either.
 *
 * Source: Siddiqi, Credit Risk Scorecards (2006), ch. 8.
 */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number | null {
  if (expected.length < BIN_COUNT * 2 || actual.length < BIN_COUNT * 2) return null;
  const edges = decileEdges(expected);
  const before = shares(expected, edges);
  const now = shares(actual, edges);
  let sum = 0;
  for (const [index, share] of before.entries()) {
    const e = Math.max(share, SHARE_MIN);
    const a = Math.max(now[index] ?? 0, SHARE_MIN);
    sum += (a - e) * Math.log(a / e);
  }
  return sum;
}

/** Upper edges of the classes, each once: a number with few values has fewer classes. */
function decileEdges(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const edges: number[] = [];
  for (let bin = 1; bin < BIN_COUNT; bin += 1) {
    const edge = sorted[Math.floor((bin * sorted.length) / BIN_COUNT)] ?? 0;
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  return edges;
}

function shares(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) {
    const bin = edges.findIndex((edge) => value < edge);
    const at = bin < 0 ? edges.length : bin;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => count / values.length);
}
