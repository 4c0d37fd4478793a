import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { kpiFigures } from '#contracts/kpis.ts';
import { budgetOf } from '../../ui/src/figures/budget.ts';
import { figureGroups, figureText } from '../../ui/src/figures/figure-words.ts';
import { objective } from './fake-figures.ts';
import { emptySite } from './fake-site.ts';
import { problem } from './fake-words.ts';
import { type Kiosks, openKiosks, type Screen } from './kiosk.ts';
import { axeSource, overflowPx, tooSmall, violations } from './page-checks.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

test('every figure of the contract is shown once, with its meaning', () => {
  const shown = figureGroups.flatMap(({ figures }) => figures);
  expect(shown.map(({ name }) => name).toSorted()).toEqual(Object.keys(kpiFigures).toSorted());
  for (const { name, meaning } of shown) expect(meaning, name).toMatch(/^.{15,}\.$/);
});

test('a figure of nothing is none, and a small share is not nothing', () => {
  expect(figureText('share', null)).toBe('–');
  expect(figureText('share', 0.0047)).toBe('0.5 %');
  expect(figureText('share', 0)).toBe('0 %');
  expect(figureText('share', 0.992)).toBe('99 %');
  expect(figureText('time', 61_400)).toBe('1 min 01 s');
});

const DAY_MS = 86_400_000;
test.each([
  // Half is left and goes twice as fast as it may: a quarter of the 28 days.
  [
    { budgetRemaining: 0.5, burnSlow: 2 },
    { is: 'going', left: 0.5, goneInMs: 7 * DAY_MS },
  ],
  [
    { budgetRemaining: 0.5, burnSlow: 0 },
    { is: 'unused', left: 0.5 },
  ],
  [
    { budgetRemaining: 1, burnSlow: 0.5 },
    { is: 'lasting', left: 1 },
  ],
  [
    { budgetRemaining: 0, burnSlow: 1 },
    { is: 'gone', over: 0 },
  ],
  [
    { budgetRemaining: -0.3, burnSlow: 1 },
    { is: 'gone', over: 0.3 },
  ],
])('a budget with %o', (slo, budget) => {
  const got = budgetOf(objective(slo));
  expect({ ...got, ...('over' in got ? { over: got.over + 0 } : {}) }).toEqual(budget);
});

test('what is left of a budget is told with when it would be gone', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('figures');
  const pick = page.locator('[data-objective="pick-order"]');
  await pick.getByText('Goes very fast').waitFor();
  expect(await pick.innerText()).toMatch(/14 %[\s\S]*gone in 13 h 26 min/);
  const count = page.locator('[data-objective="cycle-count"]');
  expect(await count.innerText()).toMatch(/Used up[\s\S]*30 % more went wrong than may/);
  await pick.getByText('What this means').click();
  await pick.getByText('98 % shall be done within 30 min 00 s').waitFor();
});

test('a number tells what it means when it is pressed', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('figures');
  const tile = page.locator('[data-figure="manualResolutionMsMean"]');
  await tile.getByText('1 min 36 s').waitFor();
  const meaning = tile.getByText('From the moment a task was opened to its decision, on average.');
  expect(await meaning.isVisible()).toBe(false);
  await tile.locator('summary').click();
  await meaning.waitFor();
});

test('other times, lengths and kinds of work are a press away', async () => {
  const { page, fake, go } = await kiosks.kiosk();
  await go('figures');
  const done = page.locator('[data-figure="completed"] .figure-number');
  await page.getByText('so far').waitFor();
  expect(await done.innerText()).toBe('40');
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.locator('[data-figure="completed"] .figure-number', { hasText: '47' }).waitFor();
  expect(await page.getByText('so far').count()).toBe(0);
  await page.getByRole('button', { name: 'By the day' }).click();
  await page.getByText('so far').waitFor();
  expect(fake.asked.some(({ path }) => path === '/kpis?span=day')).toBe(true);
  await page.getByRole('button', { name: 'putaway' }).click();
  expect(await page.getByRole('button', { name: 'putaway' }).getAttribute('aria-pressed')).toBe('true');
});

test('a new site has none yet, and one that cannot be fetched says why', async () => {
  const { page, fake, go } = await kiosks.kiosk({ state: emptySite() });
  await go('figures');
  await page.getByText('No figures yet').waitFor();
  fake.refuse('GET', '/kpis', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
  await page.getByRole('button', { name: 'By the day' }).click();
  await page.getByText('The store is busy').waitFor();
});

test.each(['light', 'dark'] as const)('in the %s theme it is free of accessibility faults', async (theme) => {
  const { page, go, complaints } = await kiosks.kiosk({ theme });
  await page.evaluate(axeSource);
  await go('figures');
  await page.getByText('Usual duration').waitFor();
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test.each(['phone', 'desktop'] as Screen[])('on a %s it fits, and fingers fit it', async (screen) => {
  const { page, go } = await kiosks.kiosk({ screen });
  await go('figures');
  await page.getByText('Usual duration').waitFor();
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  expect(await tooSmall(page)).toEqual([]);
});
