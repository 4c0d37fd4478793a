import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-saga-files-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

const light = `saga: light
version: 1
title: Light
steps:
  - step: on
    title: On
    do: StackLight.set
    with: { target: light-1, epoch: 0, args: { colour: green, mode: on } }
    timeout: 10s
  - end: done
`;
const parent = `saga: parent
version: 1
title: Parent
steps:
  - child: lights
    title: Lights
    saga: light
  - end: done
`;

describe('saga lint', () => {
  test('what is correct is said with its hash, and files may begin one another', async () => {
    const files = [file('light.yaml', light), file('parent.yaml', parent)];
    const { code, out } = await runCli(['saga', 'lint', ...files]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^light\.yaml is correct: saga light, [0-9a-f]{12}\.\nparent\.yaml is correct/),
    ]);
  });

  test('mistakes have file, line, column, place and cure, for people and for programs', async () => {
    const broken = file('broken.yaml', light.replace('10s', '10').replace('StackLight', 'StakLight'));
    const people = await runCli(['saga', 'lint', broken]);
    expect(people.code).toBe(2);
    expect(people.out).toContain('broken.yaml:9:14 steps[0].timeout: 10 is no duration\n    Write a number');
    const programs = await runCli(['saga', 'lint', broken, file('alone.yaml', parent), '--json']);
    const said = JSON.parse(programs.out);
    expect(programs.code).toBe(2);
    expect(said).toMatchObject({
      correct: false,
      files: [
        {
          name: null,
          mistakes: [{ line: 9, column: 14, path: 'steps[0].timeout', cure: expect.any(String) }],
        },
        { name: null, mistakes: [{ line: 7, problem: 'there is no saga light' }] },
      ],
    });
  });

  test('a file that is not there, and a name that is taken', async () => {
    expect((await runCli(['saga', 'lint', join(dir, 'nowhere.yaml')])).code).toBe(2);
    const taken = file('taken.yaml', light.replace('saga: light', 'saga: putaway'));
    const { code, out } = await runCli(['saga', 'lint', taken]);
    expect([code, out]).toEqual([2, expect.stringContaining('there is another saga putaway')]);
  });
});

const site = `site: { id: s, name: S, timeZone: UTC }
sagas: { pickOrder: { batteryMin: 0.3 } }
devices:
  - id: plc
    driver: modbus
    connection: { host: 127.0.0.1 }
    tags: [{ name: green, address: coil:0, type: boolean, access: read-write }]
    capabilities: [{ id: light-1, kind: StackLight, bind: { green: green } }]
`;

test('check and lint find what the sagas beside a site ask of it in vain', async () => {
  mkdirSync(join(dir, 'own', 'sagas'), { recursive: true });
  const path = file('own/site.yaml', site);
  const saga = file('own/sagas/light.yaml', light);
  const whole = await runCli(['check', '--site', path, '--json']);
  expect(JSON.parse(whole.out)).toMatchObject({ correct: true, sagas: 1 });
  file('own/sagas/light.yaml', light.replace('light-1', 'light-7'));
  const checked = await runCli(['check', '--site', path]);
  expect([checked.code, checked.out]).toEqual([
    2,
    'sagas/light.yaml:8:21 steps[0].with.target: there is no StackLight light-7\n    Did you mean light-1?\n',
  ]);
  const linted = await runCli(['saga', 'lint', saga, '--site', path]);
  expect([linted.code, linted.out]).toEqual([
    2,
    'light.yaml:8:21 steps[0].with.target: there is no StackLight light-7\n    Did you mean light-1?\n',
  ]);
  // Without a site nobody knows what is there.
  expect((await runCli(['saga', 'lint', saga])).code).toBe(0);
});

test('check tells all mistakes of all sagas beside a site', async () => {
  mkdirSync(join(dir, 'many', 'sagas'), { recursive: true });
  const path = file('many/site.yaml', site);
  file('many/sagas/light.yaml', light.replace('light-1', 'light-7'));
  file('many/sagas/parent.yaml', parent.replace('saga: light', 'saga: nobody'));
  const { code, out } = await runCli(['check', '--site', path, '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    correct: false,
    mistakes: [
      { file: 'sagas/light.yaml', line: 8, problem: 'there is no StackLight light-7' },
      { file: 'sagas/parent.yaml', line: 7, path: 'steps[0].saga', cure: expect.any(String) },
    ],
  });
});

test('check finds a schedule whose saga takes something else', async () => {
  const schedule = '{ name: n, saga: cycle-count, cron: "30 2 * * *", input: { plce: rack-1 } }';
  const path = file(
    'scheduled.yaml',
    site.replace('batteryMin: 0.3 }', `batteryMin: 0.3 }, schedules: [${schedule}]`),
  );
  const { code, out } = await runCli(['check', '--site', path]);
  expect([code, out]).toEqual([
    2,
    expect.stringMatching(
      /^scheduled\.yaml:2:\d+ sagas\.schedules\[0\]\.input: "place" is missing\n {4}cycle-count takes place/,
    ),
  ]);
});

describe('saga show', () => {
  test('what it prints as YAML is read back to the same hash', async () => {
    const yaml = await runCli(['saga', 'show', 'putaway']);
    const shown = JSON.parse((await runCli(['saga', 'show', 'putaway', '--json'])).out);
    expect([shown.findings, shown.diagram.name]).toEqual([[], 'putaway']);
    const again = file('again.yaml', yaml.out.replace('saga: putaway', 'saga: other-putaway'));
    const copy = JSON.parse((await runCli(['saga', 'show', again, '--json'])).out);
    expect({ ...copy.definition, name: 'putaway' }).toEqual(shown.definition);
  });

  test('as a picture, and not at all when there is none', async () => {
    const { code, out } = await runCli(['saga', 'show', file('picture.yaml', light), '--mermaid']);
    expect([code, out]).toEqual([0, expect.stringMatching(/^flowchart TD\n.*\["On"\]/s)]);
    const none = await runCli(['saga', 'show', 'putawya']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('Did you mean putaway?')]);
  });
});

test('saga show of a site shows its sagas as it has them, by its own rules', async () => {
  const path = file('shown.yaml', site);
  const shownOf = async (...args: string[]) =>
    JSON.parse((await runCli(['saga', 'show', 'pick-order', '--json', ...args])).out);
  const [own, example] = [await shownOf('--site', path), await shownOf()];
  expect(JSON.stringify(own.definition)).toContain('"batteryMin":0.3');
  expect(own.hash).not.toBe(example.hash);
  const none = await runCli(['saga', 'show', 'dock-handoff', '--site', path]);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('there is no saga dock-handoff')]);
});

test('saga catalogue lists the steps, and explains one', async () => {
  const list = await runCli(['saga', 'catalogue']);
  expect(list.out).toMatch(/StackLight\.set@1 .*\n/);
  expect(list.out).toMatch(/fleet\.choose@1 +Choose a robot +is done again +needed/);
  const one = await runCli(['saga', 'catalogue', 'StackLight.set']);
  expect(one.out).toContain('colour: red | amber | green | blue');
  const none = await runCli(['saga', 'catalogue', 'StackLite.set']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('Did you mean StackLight.set?')]);
});
