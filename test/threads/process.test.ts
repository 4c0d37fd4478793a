import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GateLatch } from '../../safety/index.ts';
import { runConveyor } from '../support/floor-commands.ts';
import { CELL } from '../support/floor-site.ts';
import type { ModbusSlave } from '../support/modbus-slave.ts';
import { releasedSlave, startTestFloor } from '../support/test-floor.ts';
import { until } from '../support/until.ts';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

interface Child {
  readonly process: ChildProcess;
  readonly said: Record<string, unknown>[];
  readonly dataDir: string;
  exited(): Promise<number | null>;
}

/** Starts the fixture; its conveyor runs when this resolves. */
async function startChild(slave: ModbusSlave, mishap: string, execArgv: string[] = []): Promise<Child> {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-child-'));
  const args = [
    ...execArgv,
    fixture('floor-child.ts'),
    JSON.stringify({ port: slave.port, dataDir, mishap }),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Record<string, unknown>[] = [];
  let rest = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    const lines = `${rest}${bytes}`.split('\n');
    rest = lines.pop() ?? '';
    said.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes;
  });
  // Not 'exit', which comes before the last of what it said.
  const exit = once(child, 'close') as Promise<[number | null]>;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(dataDir, { recursive: true, force: true });
  });
  await until('the child runs its conveyor', () => {
    if (child.exitCode !== null && !said.some((line) => 'running' in line)) throw new Error(errors);
    return said.some((line) => line.running === 'verified');
  });
  return { process: child, said, dataDir, exited: async () => (await exit)[0] };
}

function latchOf(dataDir: string): GateLatch | undefined {
  const file = join(dataDir, 'safety', 'latch.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** As in the site of the tests. */
const HEARTBEAT_MS = 20;
const heartbeat = (slave: ModbusSlave) => slave.words.holding[CELL.heartbeat] ?? 0;

describe('what ends motion when a process goes wrong', () => {
  test('a main thread that stands still: safe state, no heartbeat, and a person has to reset', async () => {
    const slave = await releasedSlave();
    const child = await startChild(slave, 'block-main');
    await until('the conveyor is stopped although main is blocked', () => !slave.bits.coil[CELL.run]);
    expect(child.said.some((line) => 'interlocks' in line)).toBe(false);
    writeFileSync(join(child.dataDir, 'go-on'), '');
    expect(await child.exited()).toBe(0);
    expect(child.said).toContainEqual({ safety: 'watchdog-expired', subject: 'main' });
    const last = child.said.find((line) => 'interlocks' in line);
    expect(last?.interlocks).toContainEqual(expect.objectContaining({ id: 'watchdog.main', met: false }));
  });

  test('an e-stop that was pressed during the hang is remembered, and so is the hang, when the process is killed', async () => {
    const slave = await releasedSlave();
    const { process, dataDir, exited } = await startChild(slave, 'block-main');
    await until('the conveyor is stopped although main is blocked', () => !slave.bits.coil[CELL.run]);
    slave.bits.discrete[CELL.eStopOk] = false;
    await until('the press is on disk', () => latchOf(dataDir)?.interlocks.includes('e-stop-1'));
    process.kill('SIGKILL');
    expect(await exited()).toBe(null);

    slave.bits.discrete[CELL.eStopOk] = true;
    const { floor } = await startTestFloor({ slave, dataDir });
    const waiting = await until('both ask for a reset', () => {
      const ids = floor.interlocks().flatMap(({ id, needsReset }) => (needsReset ? [id] : []));
      return ids.length === 2 && ids;
    });
    expect(waiting).toEqual(['e-stop-1', 'watchdog.main']);
    expect(await floor.submit(runConveyor())).toMatchObject({ state: 'refused', interlocks: waiting });
    for (const id of waiting) expect(await floor.resetInterlock(id, 'olga')).toEqual({ allowed: true });
    await until('what ran before the hang runs again', () => slave.bits.coil[CELL.run]);
  });

  test('a safety thread that dies ends the process', async () => {
    const child = await startChild(await releasedSlave(), 'kill-safety');
    expect(await child.exited()).toBe(70);
    expect(child.said.at(-1)).toEqual({ fatal: expect.stringContaining('exited') });
  });

  test('a safety thread that stands still ends the process', async () => {
    const freeze = ['--import', pathToFileURL(fixture('busy-loop.ts')).href];
    const slave = await releasedSlave();
    const child = await startChild(slave, 'freeze-safety', freeze);
    expect(await child.exited()).toBe(70);
    expect(child.said).toContainEqual({ safety: 'watchdog-expired', subject: 'safety' });
    expect(child.said.at(-1)).toEqual({ fatal: expect.stringContaining('silent') });
  });

  test.each([
    ['throw', 1],
    ['exit', 3],
  ])('a process that ends by %s stops the conveyor before it is gone', async (mishap, code) => {
    const slave = await releasedSlave();
    const child = await startChild(slave, mishap);
    expect(await child.exited()).toBe(code);
    expect(slave.bits.coil[CELL.run]).toBe(false);
    expect(latchOf(child.dataDir)).toMatchObject({
      interlocks: [],
      standing: [{ target: 'conveyor-1', atStart: true }],
    });
  });

  test('a killed process: its heartbeat stands still, which is what the PLC watches', async () => {
    const slave = await releasedSlave();
    const child = await startChild(slave, 'none');
    const first = heartbeat(slave);
    await until('the heartbeat counts', () => heartbeat(slave) !== first);
    child.process.kill('SIGKILL');
    expect(await child.exited()).toBe(null);
    // What was still in the socket is answered first; then fifteen beats' time passes without one.
    let quiet = { requests: -1, sinceMs: 0 };
    await until('the slave is asked nothing any more', () => {
      const nowMs = performance.now();
      if (slave.requests.length !== quiet.requests) {
        quiet = { requests: slave.requests.length, sinceMs: nowMs };
      }
      return nowMs - quiet.sinceMs > 15 * HEARTBEAT_MS;
    });
  });
});
