import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import { openLatchFile } from '../../appliance/threads/latch-file.ts';
import { EMPTY_LATCH, type GateLatch } from '../../safety/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-latch-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const latch = (id: string): GateLatch => ({
  interlocks: [id],
  standing: [
    {
      target: 'amr-1',
      restart: { capability: 'MobileRobot', action: 'resume', args: {} },
      causes: [id],
      atStart: false,
    },
  ],
});
const ALL = {
  interlocks: ['e-stop-1', 'zone-1'],
  standing: [],
  stoppedByHand: [{ target: 'line-1', by: 'unknown' }],
};
const open = (dataDir: string, log = silentLog, clock = createFakeClock()) =>
  openLatchFile({ dataDir, manualInterlocks: ['e-stop-1', 'zone-1'], lines: ['line-1'], clock, log });

test('a site that never tripped has nothing to remember', () => {
  expect(open(folder()).read()).toEqual({ interlocks: [], standing: [] });
});

test('the newest latch is what the next start reads', async () => {
  const dir = folder();
  const file = open(dir);
  for (const id of ['a', 'b', 'c']) file.keep(latch(id));
  await file.flush();
  expect(open(dir).read()).toEqual(latch('c'));
  const last = { ...latch('d'), going: ['amr-2'], stoppedByHand: [{ target: 'line-1', by: 'olga' }] };
  file.keep(last);
  await file.flush();
  expect(open(dir).read()).toEqual(last);
  expect(readdirSync(join(dir, 'safety'))).toEqual(['latch.json']);
});

test.each([
  ['', 'empty'],
  ['{"interlocks":[', 'cut off'],
  ['{"interlocks":"all"}', 'of another shape'],
])('a file that is %j (%s) counts every manual interlock as tripped, and every line as stopped by hand', (text) => {
  const dir = folder();
  mkdirSync(join(dir, 'safety'));
  writeFileSync(join(dir, 'safety', 'latch.json'), text);
  expect(open(dir).read()).toEqual(ALL);
});

test('a disk that takes nothing is tried again with the newest', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'safety'), 'a file where the folder belongs');
  const errors: object[] = [];
  const clock = createFakeClock();
  const file = open(dir, { ...silentLog, error: (fields) => errors.push(fields) }, clock);
  file.keep(latch('a'));
  await file.flush();
  expect(errors).toHaveLength(1);
  rmSync(join(dir, 'safety'));
  await clock.pass(1_000);
  await file.flush();
  expect(open(dir).read()).toEqual(latch('a'));
});

test('what could not be kept leaves no old latch behind: the next start asks for every reset', async () => {
  const dir = folder();
  const file = open(dir);
  file.keep(EMPTY_LATCH);
  await file.flush();
  // Where the new file belongs lies a folder: as on a full disk, it cannot be written.
  mkdirSync(join(dir, 'safety', 'latch.json.new'));
  file.keep(latch('e-stop-1'));
  await file.flush();
  expect(open(dir).read()).toEqual(ALL);
});
