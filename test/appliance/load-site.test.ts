import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Log } from '#contracts/log.ts';
import { silentLog } from '#contracts/log.ts';
import { SiteFileError } from '../../appliance/site-file/index.ts';
import {
  catalogueOf,
  loadSite,
  readSiteSagas,
  siteDefinitions,
  siteSagas,
} from '../../appliance/site-sagas.ts';

const light = `saga: light
version: 1
title: Light
input:
  type: object
  properties: { lamp: { type: string }, often: { type: integer } }
  required: [lamp]
  additionalProperties: false
steps:
  - step: on
    title: On
    do: StackLight.set
    with: { target: light-1, epoch: 0, args: { colour: green, mode: on } }
    limits: [{ name: lamps, key: all, concurrencyMax: 1 }]
    onFailure: [{ then: ask }]
  - end: done
  - task: ask
    title: Ask
    kind: ask
    text: Is it on?
    people: { role: lead, skill: electric, zone: hall-b, escalation: [{ after: 5m, when: unanswered, user: bob }] }
    buttons: [{ button: done, label: It is on, tone: primary, then: done }]
`;
const site = `site: { id: s, name: S, timeZone: UTC }
places: [{ id: pack-1, kind: packing, x: 0, y: 0 }]
intake: { defaultDestination: pack-1 }
devices:
  - id: plc
    driver: modbus
    connection: { host: 127.0.0.1 }
    tags: [{ name: green, address: coil:0, type: boolean, access: read-write }]
    capabilities: [{ id: light-1, kind: StackLight, bind: { green: green } }]
people:
  - { user: bob, roles: [lead], skills: [electric], zones: [hall-b] }
`;
const scheduled = (saga: string, input: string): string =>
  `${site}sagas:\n  schedules:\n    - name: nightly\n      saga: ${saga}\n      cron: "30 2 * * *"\n      input: ${input}\n`;

function folderWith(text: string, saga = light): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-site-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'sagas'));
  writeFileSync(join(dir, 'sagas', 'light.yaml'), saga);
  writeFileSync(join(dir, 'site.yaml'), text);
  return join(dir, 'site.yaml');
}
function mistakesOf(text: string) {
  try {
    loadSite(folderWith(text));
  } catch (error) {
    if (error instanceof SiteFileError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('a site file that names what is not there', () => {
  test('is whole when all of it is there, sagas of its own included', () => {
    const path = folderWith(scheduled('light', '{ lamp: light-1, often: 2 }'));
    const names = siteDefinitions(loadSite(path), path).map(({ name }) => name);
    expect(names).toContain('light');
    // No dock, no handoff: what is shown is what this site runs.
    expect(names).not.toContain('dock-handoff');
  });

  test.each([
    [
      'a saga of a schedule',
      scheduled('cycle-cont', '{ place: pack-1 }'),
      { line: 15, column: 13, path: 'sagas.schedules[0].saga', cure: 'Did you mean cycle-count?' },
    ],
    [
      'one that orders begin',
      scheduled('pick-order', '{}'),
      { line: 15, column: 13, problem: 'pick-order is not begun by name', cure: 'Send an order instead.' },
    ],
    [
      'an entry that the input lacks',
      scheduled('light', '{ often: 2 }'),
      {
        line: 17,
        column: 14,
        problem: '"lamp" is missing',
        cure: 'light takes lamp (string), often? (integer).',
      },
    ],
    [
      'an entry that the saga does not take',
      scheduled('light', '{ lamp: a, oftn: 2 }'),
      { line: 17, path: 'sagas.schedules[0].input.oftn', problem: 'there is no such entry' },
    ],
    [
      'an entry of another type',
      scheduled('light', '{ lamp: 7 }'),
      { line: 17, column: 22, path: 'sagas.schedules[0].input.lamp', problem: 'must be string' },
    ],
    [
      'a limit that no step takes turns at',
      `${site}sagas:\n  limits:\n    - { name: lamp, concurrencyMax: 2 }\n`,
      { line: 14, column: 15, path: 'sagas.limits[0].name', cure: 'Did you mean "lamps"?' },
    ],
    [
      'robots that nobody is',
      `${site}sagas:\n  carrying: { robots: [amr-*] }\n`,
      {
        line: 13,
        column: 24,
        path: 'sagas.carrying.robots[0]',
        cure: 'Add capability of kind MobileRobot first.',
      },
    ],
    [
      'a place where nothing is packed',
      site.replace('defaultDestination: pack-1', 'defaultDestination: pack-2'),
      { line: 3, column: 31, path: 'intake.defaultDestination', cure: 'Did you mean "pack-1"?' },
    ],
  ])('%s', (_what, text, expected) => {
    expect(mistakesOf(text)[0]).toMatchObject(expected);
  });
});

describe('a saga that asks for', () => {
  const alone = site.slice(0, site.indexOf('people:'));

  test.each([
    [
      'a role that nobody has',
      'roles: [lead]',
      'roles: [leed]',
      'nobody has the role lead',
      'Did you mean leed?',
    ],
    [
      'a skill that nobody has',
      'skills: [electric]',
      'skills: []',
      'nobody has the skill electric',
      'The site has none.',
    ],
    [
      'a zone that nobody has',
      'zones: [hall-b]',
      'zones: [hall-a]',
      'nobody has the zone hall-b',
      'Did you mean hall-a?',
    ],
    ['somebody who is not there', 'user: bob', 'user: bop', 'nobody is called bob', 'Did you mean bop?'],
  ])('%s is refused by a check and started with a warning', (_what, is, was, problem, cure) => {
    const path = folderWith(site.replace(is, was));
    const file = loadSite(path);
    expect(() => readSiteSagas(path, catalogueOf(file))).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`line 21, column`),
        hint: expect.stringContaining(cure),
      }),
    );
    const warned: { about: unknown; words: string }[] = [];
    const log: Log = {
      ...silentLog,
      warn: (about: unknown, words?: string) => void warned.push({ about, words: words ?? '' }),
    };
    expect(siteSagas(file, path, log)).toHaveLength(1);
    expect(warned).toMatchObject([
      {
        about: { saga: 'light', place: expect.stringContaining('ask, people') },
        words: expect.stringContaining(problem),
      },
    ]);
  });

  test('people, on a site whose file names none, is refused by a check', () => {
    const path = folderWith(alone);
    const catalogue = catalogueOf(loadSite(path));
    expect(() => readSiteSagas(path, catalogue)).toThrow(
      /light\.yaml, line 21, column 21: nobody has the role lead/,
    );
  });

  test.each([
    [
      'a device that is not there',
      light.replace('light-1', 'light-2'),
      /line 13, column 21: there is no StackLight light-2/,
    ],
    [
      'an action that no device knows',
      light.replace('StackLight.set', 'Door.close'),
      /line 12, column 9: no device of the site is a Door/,
    ],
    [
      'a child that orders begin',
      light.replace(
        '  - end: done',
        '  - child: order\n    title: Order\n    saga: pick-order\n  - end: done',
      ),
      /pick-order is not begun by name/,
    ],
  ])('%s keeps the site from starting', (_what, saga, words) => {
    expect(() => loadSite(folderWith(site, saga))).toThrow(words);
  });
});
