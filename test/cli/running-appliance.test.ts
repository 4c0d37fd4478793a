import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '#contracts/log.ts';
import { type RunningSite, startSite } from '../../appliance/compose.ts';
import { loadSite, siteDefinitions } from '../../appliance/site-sagas.ts';
import { definitionHash } from '../../local-orchestrator/index.ts';
import { type CliEnd, runCli } from './run-cli.ts';

/** Nobody answers at the devices: what is asked here needs none of them. */
const siteText = `site: { id: hall, name: Hall, timeZone: UTC }
http: { port: 0 }
places:
  - { id: rack-1, kind: rack, x: 1, y: 1 }
  - { id: dock-1-stage, kind: dock, x: 3, y: 1 }
inventory: [{ sku: MUG, place: rack-1, quantity: 50 }]
devices:
  - id: gate
    driver: modbus
    connection: { host: 127.0.0.1, port: 1 }
    tags:
      - { name: open, address: coil:0, type: boolean, access: read-write }
      - { name: is-open, address: discrete:0, type: boolean }
      - { name: closed, address: discrete:3, type: boolean }
      - { name: hold, address: coil:1, type: boolean, access: read-write }
      - { name: held, address: discrete:1, type: boolean }
    capabilities:
      - { id: dock-1-door, kind: Door, bind: { command: open, opened: is-open, closed: closed } }
      - { id: dock-1-restraint, kind: Dock, bind: { command: hold, restrained: held } }
docks: [{ id: dock-1, place: dock-1-stage, door: dock-1-door, restraint: dock-1-restraint }]
sagas:
  pickOrder: { batteryMin: 0.37 }
  schedules:
    - { name: yearly, saga: waiting, cron: "0 3 1 1 *", input: { gate: north } }
`;
const waiting = `saga: waiting
version: 1
title: Wait for a truck
input: { type: object, properties: { gate: { type: string } }, required: [gate], additionalProperties: false }
search: { gate: $input.gate }
steps:
  - signal: come
    title: It has come
    name: arrived
    payload: { type: object, properties: { plate: { type: string } }, required: [plate], additionalProperties: false }
  - end: done
`;

let dir = '';
let sitePath = '';
let site: RunningSite | undefined;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  sitePath = join(dir, 'site.yaml');
  mkdirSync(join(dir, 'sagas'));
  writeFileSync(sitePath, siteText);
  writeFileSync(join(dir, 'sagas', 'waiting.yaml'), waiting);
  site = await startSite({
    siteFile: loadSite(sitePath),
    sitePath,
    dataDir: join(dir, 'data'),
    log: silentLog,
  });
}, 60_000);
afterAll(async () => {
  await site?.stop();
  rmSync(dir, { recursive: true, force: true });
});
const cli = (...args: string[]): Promise<CliEnd> => runCli([...args, '--data', join(dir, 'data')]);
/** What it prints for programs; it ended well. */
async function told<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await cli(...args, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
}
/** It ended so, in words. */
async function ended(as: number, args: readonly string[]): Promise<string> {
  const { code, out, err } = await cli(...args);
  expect([code, out], err).toEqual([as, '']);
  return err;
}
const refused = (...args: string[]) => ended(4, args);
/** It was asked for in a way that cannot be. */
const mistaken = (...args: string[]) => ended(2, args);

test('what is shown of a site is what it runs, hash by hash', async () => {
  const [versions, shown] = await Promise.all([
    told<{ name: string; hash: string }[]>('saga', 'versions'),
    runCli(['saga', 'show', 'pick-order', '--site', sitePath, '--json']),
  ]);
  const running = new Map(versions.map(({ name, hash }) => [name, hash]));
  expect([...running.keys()]).toEqual(expect.arrayContaining(['pick-order', 'dock-handoff', 'waiting']));
  expect(JSON.parse(shown.out).hash).toBe(running.get('pick-order'));
  // The rest by the function that it shows them with: each is a start of the program.
  const definitions = siteDefinitions(loadSite(sitePath), sitePath);
  expect(new Map(definitions.map((one) => [one.name, definitionHash(one)]))).toEqual(running);
});

describe('docks', () => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
  const book = (id: string, from: string, ...more: string[]) =>
    cli(
      'docks',
      'book',
      id,
      '--vehicle',
      'HH-AB-123',
      '--from',
      from,
      '--minutes',
      '45',
      '--line',
      'MUG=2',
      ...more,
    );

  test('are booked, moved, looked at by day and given back', async () => {
    const from = at(30);
    const booked = await book('B-1', from);
    expect([booked.code, booked.out]).toEqual([0, expect.stringMatching(/^B-1: booked, dock-1, /)]);
    expect((await book('B-1', from)).code, 'the same again').toBe(0);
    const taken = await book('B-2', from);
    expect([taken.code, taken.err]).toEqual([4, expect.stringContaining('Next free')]);
    expect((await cli('docks', 'list')).out).toMatch(/^dock-1 +free .* B-1 +HH-AB-123 +booked$/m);
    const moved = await told<{ from: string }>('docks', 'move', 'B-1', '--from', at(54));
    expect(Date.parse(moved.from)).toBeGreaterThan(Date.parse(from));
    const day = await cli('docks', 'day', at(48));
    expect(day.out).toMatch(/^dock-1 +\S+ \S+ +\S+ \S+ +B-1 +HH-AB-123 +booked$/m);
    expect(day.out).toMatch(/^dock-1 +\S+ \S+ +\S+ \S+ +free$/m);
    expect(await told('docks', 'day', at(12), '--dock', 'dock-1')).toMatchObject([{ bookings: [] }]);
    const given = await cli('docks', 'cancel', 'B-1', '--reason', 'the truck broke down');
    expect([given.code, given.out]).toEqual([0, expect.stringContaining('cancelled (the truck broke down)')]);
  });

  test('that are not there, and bookings that nobody made, are refused in words', async () => {
    const [dock, other, booking, day, line] = await Promise.all([
      refused('docks', 'day', '--dock', 'dock-2'),
      book('B-9', at(30), '--dock', 'dock-9'),
      refused('docks', 'arrive', 'B-7'),
      cli('docks', 'day', 'tomorrow'),
      book('B-8', at(30), '--line', 'MUG'),
    ]);
    expect(dock).toContain('Did you mean dock-1?');
    expect([other.code, other.err]).toEqual([4, expect.stringContaining('Docks of this site: dock-1')]);
    expect(booking).toContain('There is no booking B-7');
    expect([day.code, day.err]).toEqual([2, expect.stringContaining('Write it such as 2026-03-01')]);
    expect([line.code, line.err]).toEqual([2, expect.stringContaining('sku=pieces')]);
  });
});

const begin = (id: string, gate: string) =>
  cli('work', 'start', 'waiting', '--id', id, '--input', JSON.stringify({ gate }));

test('a saga is told what it waits for, also before it begins, and nothing else', async () => {
  await begin('T-1', 'north');
  const payload = ['--payload', '{"plate":"HH-AB-123"}', '--id', 'gate-1'];
  const [early, name, shape, broken] = await Promise.all([
    cli('saga', 'signal', 'waiting:T-2', 'arrived', ...payload),
    refused('saga', 'signal', 'waiting:T-1', 'arrivd'),
    refused('saga', 'signal', 'waiting:T-1', 'arrived', '--payload', '{"plat":"x"}'),
    cli('saga', 'signal', 'waiting:T-1', 'arrived', '--payload', '{plate}'),
  ]);
  expect([early.code, early.out]).toEqual([0, expect.stringContaining('There is no saga waiting:T-2 yet')]);
  expect(name).toContain('arrived');
  expect(shape).toContain('plat');
  expect([broken.code, broken.err]).toEqual([2, expect.stringContaining('It is JSON in single quotes')]);
  const taken = await cli('saga', 'signal', 'waiting:T-1', 'arrived', ...payload);
  expect([taken.code, taken.out]).toEqual([0, 'waiting:T-1 is told: arrived (gate-1).\n']);
});

test('a saga is asked to end, with a reason', async () => {
  await begin('T-4', 'south');
  const [ended, none] = await Promise.all([
    cli('saga', 'cancel', 'waiting:T-4', '--reason', 'no truck comes'),
    refused('saga', 'cancel', 'waiting:T-99', '--reason', 'x'),
  ]);
  expect([ended.code, ended.out]).toEqual([0, expect.stringContaining('saga history waiting:T-4')]);
  expect(none).toContain('There is no saga waiting:T-99');
  expect((await cli('saga', 'list', '--where', 'gate=south')).out).toMatch(/waiting:T-4 .* cancelled/);
});

test('schedules and breakers are listed; a breaker that nobody has used is refused', async () => {
  const [schedules, breakers, none] = await Promise.all([
    cli('schedules', 'list'),
    told('breakers', 'list'),
    refused('breakers', 'reset', 'device:amr-9'),
  ]);
  expect(schedules.out).toMatch(/^yearly +waiting +0 3 1 1 \* \(UTC\) +\d{4}-01-01T03:00/m);
  expect(breakers).toEqual([]);
  expect(none).toContain('There is no circuit breaker device:amr-9');
});

// Every list is asked in test/api/known-names.test.ts: this is what a terminal makes of the answer.
test('a name that nobody knows is no empty list, and a re-drive of all must be meant', async () => {
  const redrive = ['dead-letters', 'redrive', '--reason', 'x'];
  const [kpis, unknown, all, dry, both, order] = await Promise.all([
    mistaken('kpis', '--saga', 'pick-oder'),
    mistaken(...redrive, '--definition', 'waitin'),
    refused(...redrive),
    told(...redrive, '--all', '--dry-run'),
    cli(...redrive, '--all', '--device', 'dock-1-door'),
    refused('work', 'start', 'pick-order'),
  ]);
  expect(kpis).toMatch(/there is no saga pick-oder\n {2}Did you mean pick-order\?/);
  expect(unknown).toContain('Did you mean waiting?');
  expect(all).toContain('--all');
  expect(order).toContain('Send an order instead.');
  expect(dry).toEqual([]);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining('Leave out --all, or the filter')]);
});
