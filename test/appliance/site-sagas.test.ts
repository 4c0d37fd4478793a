import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { siteSagas } from '../../appliance/site-sagas.ts';
import { startSite } from '../local-orchestrator/site.ts';
import { until } from '../support/until.ts';

const siteFile = parseSiteFile('site: { id: s, name: S, timeZone: UTC }\n', 'site.yaml');
const saga = `saga: tidy
version: 1
title: Tidy up
input: { type: object, properties: { lines: { type: array } }, required: [lines] }
steps:
  - each: lines
    title: Each line
    items: $input.lines
    steps:
      - step: reserve
        title: Set aside
        do: inventory.reserve
        with: { lines: [$each.lines.item], partial: false }
        undo: { title: Give back, do: inventory.release }
    output: $steps.reserve.output.firstPlace
  - end: done
    output: { places: $steps.lines.output.items }
`;

const folderWith = (text: string): string => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-site-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'sagas'));
  writeFileSync(join(dir, 'sagas', 'tidy.yaml'), text);
  return join(dir, 'site.yaml');
};

test('a saga in the folder of the site runs like any other', async () => {
  const sagas = siteSagas(siteFile, folderWith(saga));
  const { orchestrator } = await startSite({ parts: { sagas } });
  const ended = new Map<string, string>();
  orchestrator.onSagaEnded((sagaId, status) => ended.set(sagaId, status));
  const lines = [
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 1 },
  ];
  await orchestrator.startSaga('tidy', 'tidy-1', { lines });
  await until('it has ended', () => ended.get('tidy-1'));
  expect(ended.get('tidy-1')).toBe('completed');
  expect(await orchestrator.inventory.stock('A')).toMatchObject([{ reserved: 2 }]);
  expect(await orchestrator.inventory.stock('B')).toMatchObject([{ reserved: 1 }]);
});

test('a broken one refuses the start, with file, line and words; without the folder there are none', () => {
  const broken = folderWith(saga.replace('inventory.reserve', 'inventory.reserv'));
  expect(() => siteSagas(siteFile, broken)).toThrow(
    /^tidy\.yaml, line 12, column 13: there is no step inventory\.reserv$/,
  );
  expect(siteSagas(siteFile, '/nowhere/site.yaml')).toEqual([]);
});
