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

test('check finds a broken saga in the folder of the site', async () => {
  const site = file('site.yaml', 'site: { id: s, name: S, timeZone: UTC }\n');
  mkdirSync(join(dir, 'sagas'));
  writeFileSync(join(dir, 'sagas', 'light.yaml'), light);
  const whole = await runCli(['check', '--site', site, '--json']);
  expect(JSON.parse(whole.out)).toMatchObject({ correct: true, sagas: 1 });
  writeFileSync(join(dir, 'sagas', 'light.yaml'), light.replace('10s', '10'));
  const { code, out } = await runCli(['check', '--site', site]);
  expect([code, out]).toEqual([
    2,
    expect.stringContaining('light.yaml, line 9, column 14: 10 is no duration'),
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

test('saga catalogue lists the steps, and explains one', async () => {
  const list = await runCli(['saga', 'catalogue']);
  expect(list.out).toMatch(/StackLight\.set@1 .*\n/);
  expect(list.out).toMatch(/fleet\.choose@1 +Choose a robot +is done again +needed/);
  const one = await runCli(['saga', 'catalogue', 'StackLight.set']);
  expect(one.out).toContain('colour: red | amber | green | blue');
  const none = await runCli(['saga', 'catalogue', 'StackLite.set']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('Did you mean StackLight.set?')]);
});
