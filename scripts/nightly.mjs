// What takes too long for `npm test`: ten thousand simulated seeds, two hundred kills of a real process, and every
// property on twenty times as many samples, others each time.
// Options: --seeds <count>, --first <seed>, --kills <count>, --times <count>.
import { fork, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pinnedNode } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = pinnedNode() ?? process.execPath;
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    first: { type: 'string', default: '1' },
    kills: { type: 'string', default: '200' },
    times: { type: 'string', default: '20' },
  },
});
const [seeds, first, kills, times] = [values.seeds, values.first, values.kills, values.times].map(Number);

/** Seeds run in processes side by side; each tells the sum of its own after every seed. */
async function simulate() {
  const { merge, emptySummary, missingOf } = await import(
    new URL('../test/local-orchestrator/simulation/report.ts', import.meta.url)
  );
  const count = Math.min(availableParallelism(), seeds);
  const sums = Array.from({ length: count }, () => emptySummary());
  const all = () => sums.reduce(merge);
  const startedMs = Date.now();
  const told = new Set();
  const progress = setInterval(() => {
    const done = all().seeds;
    const leftMin =
      done === 0 ? '?' : Math.ceil(((Date.now() - startedMs) / done) * ((seeds - done) / 60_000));
    console.log(`${done} of ${seeds} seeds, ${all().failures.length} failed, ${leftMin} min to go`);
  }, 10_000);
  const codes = await Promise.all(
    sums.map(
      (_sum, index) =>
        new Promise((resolve) => {
          const args = [first + index, first + seeds - 1, count].map(String);
          const child = fork(join(root, 'test/nightly/simulate.ts'), args, { cwd: root, execPath: node });
          child.on('message', (summary) => {
            sums[index] = summary;
            for (const { seed, problems } of summary.failures) {
              if (told.has(seed)) continue;
              told.add(seed);
              console.error(`seed ${seed} failed:\n  ${problems.join('\n  ')}`);
            }
          });
          child.on('exit', resolve);
        }),
    ),
  );
  clearInterval(progress);
  const summary = all();
  console.log(`${summary.seeds} seeds`, {
    fired: summary.fired,
    ends: summary.ends,
    unfired: summary.unfired,
  });
  for (const what of missingOf(summary)) console.error(what);
  const failed = summary.failures.map(({ seed }) => seed);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(' ')}`);
    console.error('repeat one: HOLDFAST_SEED=<seed> npm test -- test/local-orchestrator/simulation.test.ts');
  }
  return failed.length === 0 && missingOf(summary).length === 0 && codes.every((code) => code === 0);
}

/** Runs files of the test suite in the way of the nightly. */
function test(files, env, ...options) {
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...options, ...files];
  return spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

/** The same oracle on a process that is killed by the kernel. */
const killAtRandom = () => test(['test/local-orchestrator/kill.test.ts'], { HOLDFAST_KILLS: String(kills) });

/** What fails here tells its seed and path, which `fc.assert` takes. */
function trySamples() {
  const files = readdirSync(join(root, 'test'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes('support/samples.ts'));
  return test(files, { HOLDFAST_SAMPLES_TIMES: String(times) }, '--testTimeout=1200000');
}

const held = [
  seeds === 0 || (await simulate()),
  kills === 0 || killAtRandom(),
  times === 0 || trySamples(),
].every(Boolean);
console.log(held ? 'nightly: all held' : 'nightly: FAILED');
process.exit(held ? 0 : 1);
