import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BenchResult, median } from './result.ts';

const cli = fileURLToPath(new URL('../bin/holdfast.mjs', import.meta.url));
const RUNS = 5;
const BUDGET_MS = 2_000;
const IDLE_BUDGET_MB = 250;
/** Time for start-up garbage to be collected before memory is read. */
const IDLE_AFTER_MS = 5_000;

const SITE = `site: { id: bench, name: Bench }
http: { host: 127.0.0.1, port: 0 }
mqtt: { host: 127.0.0.1, port: 0 }
`;

/** From the start of the process to the line that says ready: the first start of a data folder, and later ones. */
export async function run(): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-boot-'));
  try {
    const site = join(dir, 'site.yaml');
    writeFileSync(site, SITE);
    const first: number[] = [];
    const later: number[] = [];
    const bare: number[] = [];
    let idleMb = 0;
    for (let turn = 0; turn < RUNS; turn += 1) {
      const data = join(dir, `data-${turn}`);
      bare.push(await bareNodeMs());
      first.push((await boot(site, data)).readyMs);
      const again = await boot(site, data, turn === RUNS - 1 ? IDLE_AFTER_MS : 0);
      later.push(again.readyMs);
      idleMb = again.residentMb;
      console.error(
        `run ${turn + 1}: first ${first.at(-1)?.toFixed(0)} ms, again ${again.readyMs.toFixed(0)} ms`,
      );
    }
    const value = Math.round(median(later));
    return {
      bench: 'boot',
      value,
      unit: 'ms to ready',
      budget: BUDGET_MS,
      holds: value <= BUDGET_MS && idleMb <= IDLE_BUDGET_MB,
      firstStartMs: Math.round(median(first)),
      bareNodeMs: Math.round(median(bare)),
      idleMb: Math.round(idleMb),
      idleBudgetMb: IDLE_BUDGET_MB,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The yardstick: this Node doing nothing. */
async function bareNodeMs(): Promise<number> {
  const startMs = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startMs;
}

async function boot(
  site: string,
  data: string,
  idleMs = 0,
): Promise<{ readyMs: number; residentMb: number }> {
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    [cli, 'run', '--site', site, '--data', data, '--log-level', 'error'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await ready(child);
  const readyMs = performance.now() - startMs;
  await pause(idleMs);
  const residentMb = residentMbOf(child.pid ?? 0);
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  return { readyMs, residentMb };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the site ended with ${code} before it was ready`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Holdfast is ready')) resolve();
    });
  });
}

function residentMbOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((each) => each.startsWith('VmRSS:'));
  return Number(line?.replace(/\D+/g, '')) / 1_024;
}
