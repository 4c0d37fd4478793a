import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAP_CELLS_MAX, parseMap } from '../../appliance/floor/floor-plan.ts';
import { readFloorPlan } from '../../appliance/floor/index.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'floor-plan-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const site = (more: string, places = '[{ id: packing-1, kind: packing, x: 3, y: 2 }]') =>
  parseSiteFile(`site: { id: s, name: S${more} }\nplaces: ${places}\n`, 'site.yaml');
const head = (height: number, width: number) => `type octile\nheight ${height}\nwidth ${width}\nmap\n`;
const shared = (name: string) => new URL(`../../../shared/data/maps/${name}`, import.meta.url).pathname;

describe('the floor', () => {
  test('is read from its map beside the site file, row by row', () => {
    writeFileSync(join(dir, 'hall.map'), `${head(2, 4)}@@@@\r\n.T.@\r\n`);
    const plan = readFloorPlan(site(', map: hall.map, metresPerCell: 0.5'), join(dir, 'site.yaml'));
    expect(plan).toEqual({
      width: 4,
      height: 2,
      metresPerCell: 0.5,
      rows: ['@@@@', '.T.@'],
      places: [{ id: 'packing-1', kind: 'packing', x: 3, y: 2 }],
    });
  });

  test('without a map is the rectangle around its places', () => {
    const plan = readFloorPlan(site('', '[{ id: a, kind: rack, x: 30.5, y: 12 }]'), '/nowhere/site.yaml');
    expect([plan.width, plan.height, plan.rows.length]).toEqual([33, 14, 14]);
    expect(plan.rows.every((row) => row === '.'.repeat(33))).toBe(true);
    const small = readFloorPlan(site('', '[]'), '/nowhere/site.yaml');
    expect([small.width, small.height]).toEqual([10, 10]);
  });

  test('of a place with a slip in its metres is refused, not built', () => {
    const far = site('', '[{ id: a, kind: rack, x: 3e9, y: 2 }]');
    expect(() => readFloorPlan(far, '/nowhere/site.yaml')).toThrow(/places: the places span more than/);
  });

  test.each([
    'warehouse-21x43.map',
    'warehouse-41x127.map',
  ])('of %s has the size that its name says', (name) => {
    const file = shared(name);
    // The demo's own map is read where the shared ones are not there.
    const path = existsSync(file)
      ? file
      : new URL('../../appliance/demo/floor.map', import.meta.url).pathname;
    const { width, height, rows } = parseMap(readFileSync(path, 'utf8'), name);
    if (existsSync(file)) expect(`warehouse-${height}x${width}.map`).toBe(name);
    expect(rows).toHaveLength(height);
    expect(rows.every((row) => row.length === width && /^[@T.]+$/.test(row))).toBe(true);
    expect(rows.join('').match(/\./g)?.length).toBeGreaterThan(100);
  });
});

describe('a broken map', () => {
  test.each([
    ['empty', '', /site\.map: is not in octile format/],
    ['a picture', '\x89PNG\r\n\x1a\n', /is not in octile format/],
    ['without a width', 'type octile\nheight 2\nmap\n..\n..\n', /is not in octile format/],
    ['with a width in words', 'type octile\nheight 2\nwidth two\nmap\n..\n..\n', /is not in octile format/],
    ['of no size', head(0, 0), /is not in octile format/],
    ['with a short row', `${head(2, 3)}...\n..\n`, /row 1 does not have 3 cells/],
    ['with a long row', `${head(2, 3)}....\n...\n`, /row 0 does not have 3 cells/],
    ['with a row too few', `${head(3, 2)}..\n..\n`, /row 2 does not have 2 cells/],
    ['of a whole city', head(MAP_CELLS_MAX, 2), /has more than 4000000 cells/],
  ])('%s: is refused in words', (_, text, words) => {
    writeFileSync(join(dir, 'broken.map'), text);
    const read = () => readFloorPlan(site(', map: broken.map'), join(dir, 'site.yaml'));
    expect(read).toThrow(words);
    expect(read).toThrow(
      expect.objectContaining({ code: 'CFG_INVALID', hint: expect.stringMatching(/\w{4}/) }),
    );
  });

  test('that is not there is named as the site file names it', () => {
    expect(() => readFloorPlan(site(', map: maps/none.map'), join(dir, 'site.yaml'))).toThrow(
      /^maps\/none\.map:1:1 site\.map: cannot be read/,
    );
  });
});
