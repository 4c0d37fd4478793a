import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  LOCAL_TOKEN_FILE,
  localToken,
  RUN_FILE,
  removeRunFile,
  writeRunFile,
} from '../../appliance/run-file.ts';
import { readSecret } from '../../appliance/secrets.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { readStock } from '../../appliance/stock-file.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-files-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const sitePath = () => join(dir, 'site.yaml');
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('stock', () => {
  const siteFile = parseSiteFile(
    `
site: { id: s, name: S }
places: [{ id: rack-1, kind: rack, x: 1, y: 1 }, { id: rack-2, kind: rack, x: 2, y: 1 }]
inventory: [{ sku: PEN, place: rack-1, quantity: 3 }]
inventoryFile: stock.csv
`,
    'site.yaml',
  );
  const read = (csv: string) => {
    writeFileSync(join(dir, 'stock.csv'), csv);
    return readStock(siteFile, sitePath());
  };

  test('is that of the site file and that of the CSV it names', () => {
    expect(read('\uFEFFplace,sku,quantity\nrack-2, MUG ,5\r\n"rack-1","A ""B"", C",0\n')).toEqual([
      { sku: 'PEN', place: 'rack-1', quantity: 3 },
      { sku: 'MUG', place: 'rack-2', quantity: 5 },
      { sku: 'A "B", C', place: 'rack-1', quantity: 0 },
    ]);
    const { inventoryFile: _, ...withoutCsv } = siteFile;
    expect(readStock(withoutCsv, sitePath())).toHaveLength(1);
  });

  test.each([
    ['an unknown place', 'sku,place,quantity\nMUG,rack-1,1\nMUG,rack-9,1\n', 3, /there is no place "rack-9"/],
    ['a place after blank lines', 'sku,place,quantity\n\n\nMUG,rack-9,1\n', 4, /rack-9/],
    ['a place after a row of two lines', 'sku,place,quantity\n"MU\nG",rack-1,1\nMUG,rack-9,1\n', 4, /rack-9/],
    ['a missing sku', 'sku,place,quantity\n,rack-1,1\n', 2, /sku is missing/],
    ['a missing quantity', 'sku,place,quantity\nMUG,rack-1,\n', 2, /"" is no quantity/],
    ['half a piece', 'sku,place,quantity\nMUG,rack-1,0.5\n', 2, /"0.5" is no quantity/],
    ['less than nothing', 'sku,place,quantity\nMUG,rack-1,-1\n', 2, /"-1" is no quantity/],
    ['a number in hex', 'sku,place,quantity\nMUG,rack-1,0x10\n', 2, /"0x10" is no quantity/],
    [
      'a sku like a sentence',
      `sku,place,quantity\n${'M'.repeat(65)},rack-1,1\n`,
      2,
      /more than 64 characters/,
    ],
    ['a head of other words', 'article,where,count\nMUG,rack-1,1\n', 2, /sku is missing/],
    ['a row too short', 'sku,place,quantity\nMUG,rack-1,1\nPEN,rack-1\n', 3, /Invalid Record Length/],
    ['a quote that never ends', 'sku,place,quantity\n"MUG,rack-1,1\n', 2, /Quote Not Closed/],
  ])('with %s is refused by its line', (_, csv, line, words) => {
    expect(() => read(csv)).toThrow(words);
    expect(() => read(csv)).toThrow(new RegExp(`^stock\\.csv:${line}:1 inventoryFile: `));
  });

  test('in a file that is not there is refused by its name', () => {
    rmSync(join(dir, 'stock.csv'), { force: true });
    expect(() => readStock(siteFile, sitePath())).toThrow(
      expect.objectContaining({ code: 'CFG_INVALID', message: expect.stringContaining('stock.csv') }),
    );
  });
});

describe('a secret', () => {
  test('comes from a variable', async () => {
    process.env.HOLDFAST_TEST_SECRET = 'from the environment';
    expect(await readSecret('env:HOLDFAST_TEST_SECRET', sitePath())).toBe('from the environment');
    process.env.HOLDFAST_TEST_SECRET = '';
    await expect(readSecret('env:HOLDFAST_TEST_SECRET', sitePath())).rejects.toMatchObject({
      code: 'CFG_SECRET',
    });
    delete process.env.HOLDFAST_TEST_SECRET;
    await expect(readSecret('env:HOLDFAST_TEST_SECRET', sitePath())).rejects.toThrow(
      /env:HOLDFAST_TEST_SECRET cannot be read/,
    );
  });

  test('comes from a file beside the site file, or anywhere', async () => {
    writeFileSync(join(dir, 'region:token'), 'from a file\n');
    expect(await readSecret('file:region:token', sitePath())).toBe('from a file');
    expect(await readSecret(`file:${join(dir, 'region:token')}`, '/elsewhere/site.yaml')).toBe('from a file');
  });

  test('that is empty or not there is none', async () => {
    writeFileSync(join(dir, 'empty'), '\n');
    for (const reference of ['file:empty', 'file:none', `file:${dir}`])
      await expect(readSecret(reference, sitePath()), reference).rejects.toMatchObject({
        code: 'CFG_SECRET',
      });
  });
});

describe('the token of the tools on the box', () => {
  test('is made once, for the owner alone', () => {
    const data = mkdtempSync(join(dir, 'token-'));
    const token = localToken(data);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(localToken(data)).toBe(token);
    expect(modeOf(join(data, LOCAL_TOKEN_FILE))).toBe(0o600);
    expect(localToken(mkdtempSync(join(dir, 'token-')))).not.toBe(token);
  });

  test('is made again where a kill left an empty file', () => {
    const data = mkdtempSync(join(dir, 'token-'));
    writeFileSync(join(data, LOCAL_TOKEN_FILE), '');
    chmodSync(join(data, LOCAL_TOKEN_FILE), 0o644);
    const token = localToken(data);
    expect(token.length).toBe(43);
    expect(readFileSync(join(data, LOCAL_TOKEN_FILE), 'utf8').trim()).toBe(token);
    expect(modeOf(join(data, LOCAL_TOKEN_FILE))).toBe(0o600);
  });
});

test('the run file tells where the site listens, to the owner alone, and goes with it', () => {
  const content = { pid: 7, url: 'https://127.0.0.1:1', startedAt: '2026-11-21T06:00:00.000Z', ca: 'PEM' };
  writeRunFile(dir, content);
  expect(JSON.parse(readFileSync(join(dir, RUN_FILE), 'utf8'))).toEqual(content);
  expect(modeOf(join(dir, RUN_FILE))).toBe(0o600);
  removeRunFile(dir);
  removeRunFile(dir);
  expect(() => readFileSync(join(dir, RUN_FILE))).toThrow('ENOENT');
});
