import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { localToken, writeRunFile } from '../../appliance/run-file.ts';
import { listen, startTestApi } from '../api/test-api.ts';
import { asking, person, startTaskSite } from '../local-orchestrator/task-kit.ts';
import { runCli } from './run-cli.ts';

async function startRunning() {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  const people = [person('ann'), person('bob')];
  const site = await startTaskSite({ saga: asking({ assign: 'round-robin' }), people });
  const { desk } = site.orchestrator;
  const api = await startTestApi({ localToken: localToken(dir), tasks: desk, people: desk });
  const listening = await listen(api.services);
  writeRunFile(dir, { pid: process.pid, url: listening.url, startedAt: new Date().toISOString() });
  onTestFinished(async () => {
    await listening.close();
    await api.end();
    rmSync(dir, { recursive: true, force: true });
  });
  return { site, cli: (...args: string[]) => runCli([...args, '--data', dir]) };
}

test('a technician lists, hands on, looks at and decides tasks', async () => {
  const { site, cli } = await startRunning();
  const { taskId } = await site.ask('s-1');
  expect((await cli('tasks', 'list')).out).toMatch(new RegExp(`${taskId} +offered +ann +operator +Ask`));
  expect((await cli('tasks', 'delegate', taskId, 'bob', '--note', 'is nearer')).out).toContain(
    'offered, bob',
  );
  expect((await cli('tasks', 'claim', taskId)).out).toContain('claimed, local');
  const shown = (await cli('tasks', 'show', taskId)).out;
  expect(shown).toMatch(/delegated +local +bob +is nearer/);
  expect(shown).toContain('no: No (with a note)');
  const refused = await cli('tasks', 'decide', taskId, 'no');
  expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('needs a note')]);
  const wrong = await cli('tasks', 'decide', taskId, 'yes', '--form', '{counted: 7}');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--form is no JSON')]);
  const { code, out } = await cli('tasks', 'decide', taskId, 'no', '--note', 'not wanted', '--json');
  expect([code, JSON.parse(out)]).toMatchObject([0, { state: 'completed', decision: 'no' }]);
});

test('an absence is entered, listed and removed', async () => {
  const { site, cli } = await startRunning();
  const times = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-08T00:00:00Z'];
  expect((await cli('absences', 'add', 'ann', ...times, '--cover', 'bob')).code).toBe(0);
  const [absence] = site.orchestrator.desk.absences.list();
  expect(absence).toMatchObject({ user: 'ann', coveredBy: 'bob', enteredBy: 'local' });
  expect((await cli('absences', 'list')).out).toMatch(/ann +2026-01-01\S+ +2026-01-08\S+ +bob/);
  const refused = await cli('absences', 'add', 'eve', ...times);
  expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('Known are: ann, bob.')]);
  const near = await cli('absences', 'add', 'anne', ...times);
  expect([near.code, near.err]).toEqual([4, expect.stringContaining('Did you mean ann?')]);
  expect((await cli('absences', 'remove', String(absence?.absenceId))).code).toBe(0);
  expect(site.orchestrator.desk.absences.list()).toEqual([]);
});
