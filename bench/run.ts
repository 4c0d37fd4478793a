import { readdirSync } from 'node:fs';
import type { BenchResult } from './result.ts';

const here = new URL('./', import.meta.url);
const notBenches = new Set(['run', 'result']);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => !notBenches.has(name))
  .sort();

const [name] = process.argv.slice(2);
if (name === undefined || name === '--help' || !names.includes(name)) {
  console.log(`Usage: npm run -s bench -- <name>\n\nBenchmarks: ${names.join(', ')}`);
  console.log('The last line is one JSON object: bench, value, unit, budget, holds and details.');
  process.exit(name === '--help' ? 0 : 2);
}

const bench = (await import(new URL(`${name}.ts`, here).href)) as { run(): Promise<BenchResult> };
const result = await bench.run();
console.log(JSON.stringify(result));
process.exit(result.holds ? 0 : 1);
