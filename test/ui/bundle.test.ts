import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltPages, buildPages } from './built-pages.ts';

/** DESIGN.md, Budgets: first load of the UI. */
const FIRST_LOAD_BYTES_MAX = 70_000;
const ALL_BYTES_MAX = 170_000;

let pages: BuiltPages;
beforeAll(async () => {
  pages = await buildPages();
});
afterAll(() => pages.remove());

const files = (): string[] =>
  readdirSync(pages.folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.\w+$/.test(path));

const gzipBytes = (path: string): number => gzipSync(readFileSync(join(pages.folder, path))).length;

test('the first load fits its budget', () => {
  const html = readFileSync(join(pages.folder, 'index.html'), 'utf8');
  const first = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(first.filter((path) => /\.(js|css)$/.test(path)).length).toBeGreaterThanOrEqual(2);
  const bytes = ['index.html', ...first].reduce((sum, path) => sum + gzipBytes(path), 0);
  expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
});

test('with everything that a page fetches when it is first looked at, it does not get much more', () => {
  const sizes = files().map((path) => ({ path, bytes: gzipBytes(path) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(ALL_BYTES_MAX);
});

test('the page needs nothing inline, so that a policy of default-src self is enough', () => {
  const html = readFileSync(join(pages.folder, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
});

test('nothing is fetched from anywhere but the appliance', () => {
  for (const path of files()) {
    const text = readFileSync(join(pages.folder, path), 'utf8');
    const addresses = [...text.matchAll(/(?:https?:)?\/\/[\w.-]+\.\w{2,}/g)].map(([address]) => address);
    // Names of XML vocabularies are addresses that nobody visits.
    expect(
      addresses.filter((address) => !address.endsWith('//www.w3.org')),
      path,
    ).toEqual([]);
  }
});
