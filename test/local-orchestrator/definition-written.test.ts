import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSaga, readSagaFolder, siteCatalogue } from '../../local-orchestrator/index.ts';

const catalogue = siteCatalogue({ sagas: [], models: ['exception-risk'], channels: ['mail'] });

const sound = `saga: greet-truck
version: 1
title: Greet a truck
input: { type: object, properties: { dock: { type: string } }, required: [dock] }
search: { dock: $input.dock }
slo: { within: 30m, objective: 0.99 }
steps:
  - step: light-on
    title: Show the truck that it is seen
    do: StackLight.set
    with: { target: $input.dock, epoch: 0, args: { colour: green, mode: blink } }
    timeout: 10s
    retry: { attempts: 3, first: 1s }
    undo:
      title: Light off
      do: StackLight.set
      with: { target: $input.dock, epoch: 0, args: { colour: green, mode: off } }
    onFailure:
      - codes: [EXPIRED]
        then: ask a person
      - then:
          - task: by-hand
            title: Wave the truck in
            kind: wave
            text: The light at \${input.dock} does not work. $$5 for who fixes it.
            context: { Dock: $input.dock }
            due: 15m
            people: { role: operator, escalation: [{ after: 5m, when: unanswered, role: lead }], notify: [mail] }
            buttons:
              - { button: done, label: Waved in, tone: primary }
              - button: gone
                label: It drove away
                then: [{ end: gone, title: Gone, outcome: cancelled, reason: it drove away }]
  - parallel: both
    title: Door and restraint
    ways:
      - way: door
        title: Door
        steps:
          - step: open
            title: Open the door
            do: Door.open
            with: { target: door-1, epoch: 0, args: {} }
            undo: { title: Close the door, do: Door.close, with: { target: door-1, epoch: 0, args: {} } }
      - way: pause
        title: Pause
        steps:
          - timer: rest
            title: Rest
            delay: 2m
  - branch: night
    title: At night?
    when:
      - if: { $eq: [$input.dock, dock-9] }
        then: [{ timer: longer, title: Longer, delay: 1h }]
  - end: done
`;

test('what a technician writes is a definition like any other', () => {
  const read = readSaga(sound, catalogue);
  if (!read.ok) throw new Error(JSON.stringify(read.mistakes, null, 1));
  const { nodes, start, slo } = read.definition;
  expect(start).toBe('light-on');
  expect(slo).toEqual({ durationMs: 1_800_000, objective: 0.99 });
  expect(nodes['light-on']).toMatchObject({
    activity: { name: 'StackLight.set', version: 1, via: 'command', effect: 'queryable' },
    input: { target: { $ref: 'input.dock' } },
    timeoutMs: 10_000,
    expiryMs: 10_000,
    retry: { attempts: 3, firstMs: 1_000, factor: 2 },
    failure: [
      { codes: ['EXPIRED'], leads: { do: 'park' } },
      { codes: [], leads: { do: 'go', node: 'by-hand' } },
    ],
    next: 'both',
  });
  expect(nodes['by-hand']).toMatchObject({
    text: { $text: ['The light at ', { $ref: 'input.dock' }, ' does not work. $5 for who fixes it.'] },
    decisions: [
      { id: 'done', needsNote: false, next: 'both' },
      { id: 'gone', tone: 'neutral', next: 'gone' },
    ],
  });
  expect(nodes.open).toMatchObject({ next: 'both-join', activity: { needsUndo: true } });
  expect(nodes['both-join']).toEqual({ kind: 'join', of: 'both' });
  expect(nodes.night).toMatchObject({ cases: [{ next: 'longer' }], otherwise: 'done' });
  expect(nodes.longer).toMatchObject({ delayMs: 3_600_000, next: 'done' });
});

test('what the guide shows is right', () => {
  const guide = readFileSync(new URL('../../docs/sagas.md', import.meta.url), 'utf8');
  const examples = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) =>
    readSaga(text, catalogue),
  );
  expect(examples.length).toBeGreaterThan(0);
  for (const read of examples) expect(read).toMatchObject({ ok: true });
});

describe('a mistake has its line, its column and its cure', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'a typing error in a key',
      'timeout: 10s',
      'timeuot: 10s',
      /^12:5 .*no entry "timeuot".*Did you mean "timeout"/,
    ],
    [
      'a typing error in a step',
      'do: Door.open',
      'do: Door.opne',
      /^42:\d+ .*no step Door.opne.*Did you mean Door.open/,
    ],
    [
      'a typing error in a kind',
      '- branch: night',
      '- brunch: night',
      /^51:5 .*does not say what it is.*Did you mean "branch"/,
    ],
    ['a number without a unit', 'timeout: 10s', 'timeout: 10', /^12:14 .*10 is no duration.*30s/],
    [
      'a step that is not there',
      'then: ask a person',
      'then: ask-a-person',
      /^20:15 .*leads to ask-a-person/,
    ],
    ['a missing entry', '            title: Rest\n', '', /^48:13 .*"title" is missing/],
    ['nothing after the last step', '  - end: done\n', '', /nothing follows here/],
    ['two steps of one name', '- timer: rest', '- timer: open', /two steps are called open/],
    [
      'an argument that is wrong',
      'colour: green, mode: blink',
      'colour: pink, mode: blink',
      /^11:\d+ .*must be one of "red"/,
    ],
    [
      'an argument that is missing',
      'with: { target: $input.dock, epoch: 0, args: { colour: green, mode: blink } }',
      'with: { target: $input.dock, epoch: 0 }',
      /^11:\d+ .*"args" is missing/,
    ],
    [
      'amends that are demanded',
      '            undo: { title: Close the door, do: Door.close, with: { target: door-1, epoch: 0, args: {} } }\n',
      '',
      /Door.open demands a compensation.*undo/,
    ],
    [
      'a reference that leads nowhere',
      '{ Dock: $input.dock }',
      '{ Dock: $steps.lihgt.output.x }',
      /refers to a step that does not exist/,
    ],
    ['a way beside', 'delay: 2m', 'delay: $steps.open.output.x', /^50:\d+ .*open is on another way/],
    ['a channel that is not there', 'notify: [mail]', 'notify: [male]', /no notification channel male/],
    [
      'a version that is not there',
      'do: Door.close',
      'do: Door.close@7',
      /no step Door.close|no version 7 of Door.close/,
    ],
    ['a bracket', '[EXPIRED]', '[EXPIRED', /Compare the indentation/],
    [
      'a schema',
      'type: object, properties',
      'type: objekt, properties',
      /^4:\d+ .*the schema cannot be used/,
    ],
  ])('%s', (_what, from, to, words) => {
    expect(sound).toContain(from);
    const read = readSaga(sound.replace(from, to), catalogue);
    const told = read.ok
      ? []
      : read.mistakes.map((one) => `${one.line}:${one.column} ${one.path} ${one.problem} | ${one.cure}`);
    expect(
      told.some((one) => words.test(one)),
      told.join('\n'),
    ).toBe(true);
  });

  test.each([
    '',
    '[]',
    'steps: 5',
    'a: &a [*a]',
    'saga: x\nsteps: [[[]]]',
    '- 1',
    'steps: [null]',
    '%',
  ])('junk: %s', (text) => {
    const read = readSaga(text);
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.mistakes.length).toBeGreaterThan(0);
  });

  test('all mistakes at once, in the order of the file', () => {
    const broken = sound.replace('timeout: 10s', 'timeout: 10').replace('delay: 2m', 'delai: 2m');
    const read = readSaga(broken, catalogue);
    const lines = read.ok ? [] : read.mistakes.map(({ line }) => line);
    expect(lines).toEqual([12, 48, 50]);
  });
});

describe('the folder of a site', () => {
  const folder = (files: Record<string, string>): string => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-sagas-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    mkdirSync(join(dir, 'sagas'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'sagas', name), text);
    return join(dir, 'sagas');
  };
  const small = (name: string, child: string) =>
    `saga: ${name}\nversion: 1\ntitle: ${name}\nsteps:\n  - child: go\n    title: Go\n    saga: ${child}\n    with: { dock: dock-1 }\n  - end: done\n`;

  test('is read whole, and its sagas may begin one another', () => {
    const path = folder({
      'b.yaml': small('second', 'third'),
      'a.yaml': small('first', 'second'),
      'c.yml': sound.replace('greet-truck', 'third'),
      'notes.txt': 'x',
    });
    expect(readSagaFolder(path, catalogue).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    expect(readSagaFolder(join(path, 'nowhere'), catalogue)).toEqual([]);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a broken file',
      { 'a.yaml': sound, 'b.yaml': sound.replace('10s', '10') },
      /^b\.yaml, line 12, column 14: 10 is no duration/,
    ],
    [
      'a child that is given too little',
      { 'a.yaml': small('first', 'greet-truck').replace('dock: dock-1', 'dok: dock-1'), 'b.yaml': sound },
      /^a\.yaml, line 8, .*"dock" is missing/,
    ],
    [
      'an undo by what may not have been made',
      {
        'a.yaml': sound.replace(
          'do: Door.close, with: { target: door-1',
          'do: Door.close, with: { target: $steps.open.output.door',
        ),
      },
      /line 44, .*open has made nothing when it failed/,
    ],
    [
      'two of one name',
      { 'a.yaml': sound, 'b.yaml': sound },
      /^b\.yaml, .*there is a saga greet-truck already/,
    ],
    [
      'a child that is not there',
      { 'a.yaml': small('first', 'nobody') },
      /^a\.yaml, line 7, .*no saga nobody/,
    ],
  ])('%s is refused, with words', (_what, files, words) => {
    expect(() => readSagaFolder(folder(files), catalogue)).toThrow(words);
  });
});
