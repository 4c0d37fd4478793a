import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../appliance/cli/program.ts';
import { runCli } from './run-cli.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

/** Every command there is, by its path. */
const commandsBelow = (command: Command, path: readonly string[] = []): [string, Command][] =>
  command.commands.flatMap((sub) => {
    const way = [...path, sub.name()];
    return [[way.join(' '), sub] as [string, Command], ...commandsBelow(sub, way)];
  });

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut(text) {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

describe('help', () => {
  const commands = commandsBelow(createProgram());

  test('is there for everything that a site needs', () => {
    expect(commands.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'run',
        'demo',
        'init',
        'check',
        'status',
        'claim',
        'orders replay',
        'devices browse',
        'client add',
        'token remove',
        'user add',
      ]),
    );
  });

  test.each(commands)('of %s prints an example', (name, command) => {
    expect(helpOf(command)).toMatch(new RegExp(`Example:\\n {2}npx holdfast ${name}`));
  });

  test.each([[[]], [['orders']], [['orders', 'replay']]])('of %j is printed, and ends well', async (path) => {
    const { code, out, err } = await runCli([...path, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: ${['holdfast', ...path].join(' ')}`);
    if (path.length === 0) expect(out).toContain('Exit codes: 0 done');
  });
});

describe('wrong usage', () => {
  test.each([
    ['no command', [], /Usage: holdfast/],
    ['an unknown command', ['fly'], /unknown command 'fly'/],
    ['an unknown subcommand', ['orders', 'fly'], /unknown command 'fly'|too many arguments/],
    ['an unknown option', ['status', '--loud'], /unknown option '--loud'/],
    ['a missing option of a subcommand', ['orders', 'replay', 'x.csv'], /'--mapping <file>' not specified/],
    ['a missing argument of a subcommand', ['client', 'add'], /missing required argument 'id'/],
    [
      'a speed of nothing',
      ['orders', 'replay', 'x.csv', '--mapping', 'm', '--speed', '0'],
      /a number above 0/,
    ],
    ['a count that is none', ['orders', 'list', '--limit', 'x'], /a whole number above 0/],
    ['a page of nothing', ['saga', 'list', '--limit', '0'], /a whole number above 0/],
    ['a time that is none', ['kpis', '--from', 'junk'], /a time such as 2026-/],
    [
      'an absence without an end',
      ['absences', 'add', 'ann', '--from', '2026-07-01', '--to', 'soon'],
      /a time such/,
    ],
    ['an attribute without a value', ['saga', 'list', '--where', 'dock'], /It is name=value/],
    [
      'a level of the log that is none',
      ['run', '--site', 's', '--log-level', 'odd'],
      /Allowed choices are debug/,
    ],
    [
      'a share and values at once',
      ['saga', 'rollout', 'start', 'p', 'abcdef', '--percent', '5', '--values', 'a', '--reason', 'x'],
      /cannot be used with/,
    ],
    ['a status that is none', ['saga', 'list', '--status', 'odd'], /Allowed choices are running/],
    ['a state that is none', ['tasks', 'list', '--state', 'odd'], /Allowed choices are/],
    ['a hash too short', ['saga', 'use', 'pick-order', 'abc', '--reason', 'x'], /at least the first six/],
    [
      'a hash too short, to a rollout',
      ['saga', 'rollout', 'start', 'p', '3f', '--reason', 'x'],
      /saga versions/,
    ],
  ])('%s: ends with 2 and the way to do it', async (_, args, words) => {
    const { code, out, err } = await runCli(args, { cwd: dir });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(words);
    expect(err).toContain('Usage: holdfast');
  });
});

test('a mistake is told to programs on standard output, too', async () => {
  const { code, out, err } = await runCli(['status', '--loud', '--json'], { cwd: dir });
  expect([code, err]).toEqual([2, expect.stringContaining("unknown option '--loud'")]);
  expect(JSON.parse(out)).toMatchObject({
    error: { code: 'CLI_USAGE', message: "unknown option '--loud'", hint: expect.any(String) },
  });
  const away = await runCli(['status', '--json'], { cwd: dir });
  expect([away.code, JSON.parse(away.out)]).toMatchObject([3, { error: { code: 'CLI_NOT_RUNNING' } }]);
});

describe('a file that cannot be read', () => {
  test.each([
    ['by saga lint', ['saga', 'lint', 'gone.yaml'], 'Name the YAML file of a saga'],
    ['by saga show', ['saga', 'show', 'gone.yaml'], 'Name the YAML file of a saga'],
    ['by work start', ['work', 'start', 'putaway', '--file', 'gone.yaml'], 'what it takes, as JSON'],
  ])('%s is named, and is no fault of the program', async (_, args, hint) => {
    const { code, out, err } = await runCli(args, { cwd: dir });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('gone.yaml cannot be read');
    expect(err).toContain(hint);
  });
});

describe('a site file', () => {
  const wrong = `site: { id: s, name: S }
devices:
  - id: plc
    driver: modbus
    conection: { host: 127.0.0.1, unitId: 1 }
`;
  test('written by init passes check, and init never writes over one', async () => {
    const path = join(dir, 'fresh.yaml');
    const made = await runCli(['init', path]);
    expect([made.code, made.out]).toEqual([0, expect.stringContaining(`check --site ${path}`)]);
    const checked = await runCli(['check', '--site', path, '--json']);
    expect([checked.code, JSON.parse(checked.out)]).toEqual([
      0,
      { correct: true, devices: 1, interlocks: 1, sagas: 0 },
    ]);

    writeFileSync(path, '# mine\n');
    const again = await runCli(['init', path]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('is there already')]);
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
  });

  test('written by init takes the first real device of the README', async () => {
    const path = join(dir, 'readme.yaml');
    await runCli(['init', path]);
    const block = /```yaml\n( *devices:\n[\s\S]*?)```/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
    const indent = /^ */.exec(block)?.[0] ?? '';
    const devices = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd();
    const before = readFileSync(path, 'utf8');
    const after = before.replace(/^devices:\n[\s\S]*?(?=\n\n)/m, devices);
    expect(after).toContain('192.168.10.20');
    writeFileSync(path, after);
    const { code, out } = await runCli(['check', '--site', path, '--json']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { correct: true, devices: 1, interlocks: 1 }]);
  });

  test('that cannot be written is no fault of the program', async () => {
    const { code, err } = await runCli(['init', join(dir, 'no', 'such', 'folder.yaml')]);
    expect([code, err]).toEqual([2, expect.stringContaining('cannot be written')]);
    expect(err).not.toContain('fault of the program');
  });

  test('with a typo is told by line and column, with what to write instead', async () => {
    const path = file('typo.yaml', wrong);
    const { code, out } = await runCli(['check', '--site', path]);
    expect(code).toBe(2);
    expect(out).toMatch(/^typo\.yaml:5:5 devices\[0\]\.conection/m);
    expect(out).toContain('"connection"');
  });

  test('with a typo is told to programs too', async () => {
    const path = file('typo-json.yaml', wrong);
    const { code, out } = await runCli(['check', '--site', path, '--json']);
    const answer = JSON.parse(out);
    expect(code).toBe(2);
    expect(answer).toMatchObject({ correct: false });
    expect(answer.mistakes).toContainEqual({
      line: 5,
      column: 5,
      path: 'devices[0].conection',
      problem: expect.any(String),
      cure: expect.stringContaining('"connection"'),
    });
  });

  test('that is not there: check and run say so with 2', async () => {
    for (const command of ['check', 'run']) {
      const { code, out, err } = await runCli([command, '--site', join(dir, 'none.yaml')]);
      expect(code, command).toBe(2);
      expect(out + err, command).toContain('holdfast init');
    }
    const folder = await runCli(['run', '--site', dir]);
    expect([folder.code, folder.err]).toEqual([2, expect.stringContaining('Name a file, not a folder')]);
  });
});

describe('without a running site', () => {
  test.each([
    ['status', ['status']],
    ['a list of orders', ['orders', 'list']],
    ['new credentials', ['client', 'add', 'scada']],
  ])('%s ends with 3 and says how to start one', async (_, args) => {
    const { code, out, err } = await runCli([...args, '--data', join(dir, 'empty')]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('No site runs on');
    expect(err).toContain('npx holdfast run');
  });

  test('the run file of a killed site is no running site', async () => {
    const data = mkdtempSync(join(dir, 'killed-'));
    writeFileSync(
      join(data, 'run.json'),
      JSON.stringify({ pid: 1, url: 'http://127.0.0.1:1', startedAt: '' }),
    );
    writeFileSync(join(data, 'local-token'), 'token\n');
    const { code, err } = await runCli(['status'], { env: { HOLDFAST_DATA: data } });
    expect([code, err]).toEqual([3, expect.stringContaining('ECONNREFUSED')]);
  });

  test('a half-written run file, or no token beside it, is none either', async () => {
    const data = mkdtempSync(join(dir, 'half-'));
    writeFileSync(join(data, 'run.json'), '{"pid": 1, "ur');
    expect((await runCli(['status', '--data', data])).code).toBe(3);
    writeFileSync(
      join(data, 'run.json'),
      JSON.stringify({ pid: 1, url: 'http://127.0.0.1:1', startedAt: '' }),
    );
    const { code, err } = await runCli(['status', '--data', data]);
    expect([code, err]).toEqual([3, expect.stringContaining('token')]);
  });
});

describe('a replay that cannot begin', () => {
  const mapping = 'columns: { orderId: no, sku: art, quantity: n }\n';
  test.each([
    ['no mapping', [], 2, /none\.yaml/],
    ['a mapping that is no YAML', ['columns: {orderId: [a\n'], 2, /m\.yaml:2:1 mapping: /],
    [
      'a mapping of an unknown entry',
      ['columns: { orderId: a, sku: b, quantity: c, colour: d }\n'],
      2,
      /colour/,
    ],
    ['no file', [mapping], 1, /no such file/],
    ['a file without the column', [mapping, 'no,art\n1,MUG\n'], 1, /no column "n".*|It has: no, art/],
    ['a quote that never ends', [mapping, 'no,art,n\n1,"MUG,2\n'], 1, /Quote Not Closed.*line/],
  ])('for %s says why, in words', async (_, [yaml, csv], code, words) => {
    const mappingPath = yaml === undefined ? join(dir, 'none.yaml') : file('m.yaml', yaml);
    const csvPath = csv === undefined ? join(dir, 'none.csv') : file('o.csv', csv);
    const end = await runCli(['orders', 'replay', csvPath, '--mapping', mappingPath, '--data', dir]);
    expect(end.code, end.err).toBe(code);
    expect(end.err).toMatch(words);
    expect(end.err).not.toMatch(/fault of the program|Unhandled|node:internal/);
  });
});
