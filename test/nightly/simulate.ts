import { add, emptySummary, type Summary } from '../local-orchestrator/simulation/report.ts';
import { runSeed } from '../local-orchestrator/simulation/run-seed.ts';

/**
 * One of the processes of the nightly simulation: every so-manieth seed from its own on. Arguments: first seed, last
 * seed, stride. It tells its parent the sum so far after each seed.
 */
const [first = 1, last = 1, stride = 1] = process.argv.slice(2).map(Number);
let summary: Summary = emptySummary();
let running: number | null = null;
// A run that waits for what never comes leaves nothing to do, and the process ends in its midst; one with threads of its
// own would wait for ever.
process.on('exit', () => {
  if (running !== null) console.error(`seed ${running} never came to its end`);
});
const SEED_MS_MAX = 300_000;
const giveUp = () => process.exit(1);
for (let seed = first; seed <= last; seed += stride) {
  running = seed;
  const limit = setTimeout(giveUp, SEED_MS_MAX).unref();
  const report = await runSeed(seed).catch((error: unknown) => ({
    seed,
    kinds: new Set<string>(),
    planned: [],
    fired: new Map<string, number>(),
    ends: [],
    problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }));
  clearTimeout(limit);
  summary = add(summary, report);
  process.send?.(summary);
}
running = null;
process.disconnect?.();
