import { describe, expect, test } from 'vitest';
import { columnsOf, qualityOf, type Sample } from '../../local-orchestrator/models/quality.ts';
import {
  areaUnderCurve,
  predictLogistic,
  trainLogistic,
} from '../../local-orchestrator/models/risk/logistic.ts';
import { stabilityIndex } from '../../local-orchestrator/models/stability.ts';

const guard = { windowCount: 40, accuracyMin: 0.7, psiMax: 0.25, failuresMax: 3 };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const sample = (n: number, actual: string | null = null): Sample => ({
  key: `k${n}`,
  answer: 'good',
  score: (n % 10) / 10,
  numbers: { dents: n % 10 },
  actual,
});

describe('the population-stability index', () => {
  test('is 0 for the same population and grows with the shift', () => {
    const before = numbers(100);
    const shifted = (by: number) =>
      stabilityIndex(
        before,
        before.map((one) => one + by),
      ) ?? 0;
    expect(stabilityIndex(before, before)).toBe(0);
    expect(shifted(5)).toBeLessThan(0.25);
    expect(shifted(10)).toBeLessThan(shifted(50));
    expect(shifted(50)).toBeGreaterThan(0.25);
  });

  test('is that of a worked example', () => {
    // Two classes: 50/50 before, 60/40 now: 0.1·ln(1.2) + (−0.1)·ln(0.8) = 0.04055.
    const before = [...numbers(50).map(() => 0), ...numbers(50).map(() => 1)];
    const now = [...numbers(60).map(() => 0), ...numbers(40).map(() => 1)];
    expect(stabilityIndex(before, now)).toBeCloseTo(0.04055, 4);
  });

  test('is not known of too few', () => expect(stabilityIndex(numbers(5), numbers(100))).toBeNull());
});

describe('the quality of a model', () => {
  test('is being learned, then trusted', () => {
    expect(qualityOf(guard, null, [sample(1)]).state).toBe('learning');
    const window = numbers(40).map((n) => sample(n));
    expect(qualityOf(guard, columnsOf(window), window).state).toBe('trusted');
  });

  test('needs the word of twenty people to be called inaccurate', () => {
    const judged = (count: number) => numbers(count).map((n) => sample(n, n % 2 === 0 ? 'good' : 'damaged'));
    expect(qualityOf(guard, null, judged(19)).state).toBe('learning');
    expect(qualityOf(guard, null, judged(20))).toMatchObject({
      state: 'inaccurate',
      accuracy: 0.5,
      judged: 20,
    });
  });
});

describe('logistic regression', () => {
  const examples = numbers(400).map((n) => {
    const x = [n % 20, (n * 7) % 13, 1];
    return { x, y: (x[0] ?? 0) > 14 ? (1 as const) : (0 as const) };
  });

  test('finds what speaks for it, and what does not', async () => {
    const model = await trainLogistic(examples);
    const scored = examples.map(({ x, y }) => ({ y, score: predictLogistic(model, x).score }));
    expect(areaUnderCurve(scored)).toBeGreaterThan(0.98);
    const { score, effects } = predictLogistic(model, [19, 6, 1]);
    expect(score).toBeGreaterThan(0.5);
    expect(Math.abs(effects[0] ?? 0)).toBeGreaterThan(10 * Math.abs(effects[1] ?? 0));
    expect(effects[2]).toBe(0); // never varies, so it tells nothing
  });

  test('gives the same on every box', async () => {
    expect(await trainLogistic(examples)).toEqual(await trainLogistic(examples));
  });

  test.each([
    [[0.1, 0.9], [0, 1], 1],
    [[0.9, 0.1], [0, 1], 0],
    [[0.5, 0.5], [0, 1], 0.5],
  ])('the area under the curve of %j with %j is %d', (scores, ys, area) => {
    expect(areaUnderCurve(scores.map((score, at) => ({ score, y: ys[at] === 1 ? 1 : 0 })))).toBe(area);
  });
});
