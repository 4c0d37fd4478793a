import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from './run-cli.ts';

test('runbooks are written with a site file, checked with it, and brought back one by one', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-runbooks-'));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const check = () => runCli(['check', '--site', 'site.yaml', '--json'], { cwd });
  expect(await runCli(['init', 'site.yaml'], { cwd })).toMatchObject({ code: 0 });
  expect(await check()).toMatchObject({ code: 0 });

  const own = join(cwd, 'runbooks', 'not-retryable.md');
  writeFileSync(own, readFileSync(own, 'utf8').replace('[retry', '[reboot'));
  rmSync(join(cwd, 'runbooks', 'unknown-outcome.md'));
  const { code, out } = await check();
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    correct: false,
    mistakes: [
      { file: 'runbooks/not-retryable.md', line: 4, problem: 'there is no action "reboot"' },
      { file: 'runbooks/unknown-outcome.md', cure: expect.stringContaining('init --runbooks') },
    ],
  });

  const missing = await runCli(['init', '--runbooks', 'site.yaml'], { cwd });
  expect([missing.code, missing.out]).toEqual([0, 'Wrote runbooks/unknown-outcome.md.\n']);
  expect(readFileSync(own, 'utf8')).toContain('[reboot');
});
