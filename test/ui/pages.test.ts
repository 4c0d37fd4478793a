import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Kiosks, openKiosks, type Screen, screens } from './kiosk.ts';
import { axeSource, overflowPx, tooSmall, violations } from './page-checks.ts';

/** Every page, with what tells that it has drawn itself. */
const pages: readonly [string, string][] = [
  ['floor', 'amr-3'],
  ['floor/amr-2', 'Running: Driving to the induct'],
  ['orders', '536371'],
  ['orders/536365', 'Put the goods back'],
  ['orders/536367', 'Scanned 84879'],
  ['tasks', 'Swapped by hand, go on'],
  ['alarms', 'No link to the conveyor drive'],
  ['devices', 'Conveyor drive'],
  ['devices/conveyor-drive', 'never read'],
  ['uplink', 'measurements, the first to be given up'],
  ['refusals', 'POST is not in the inventory'],
  ['demo', 'Press the e-stop'],
  ['more', 'This appliance'],
];

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test('every page is free of serious accessibility faults and complaints', async () => {
    const { page, go, complaints } = await kiosks.kiosk({ theme });
    await page.evaluate(axeSource);
    for (const [path, words] of pages) {
      await go(path);
      await page.getByText(words).filter({ visible: true }).first().waitFor();
      expect(await violations(page), path).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });
});

test.each(Object.keys(screens) as Screen[])('on a %s every page fits, and fingers fit it', async (screen) => {
  const { page, go, complaints } = await kiosks.kiosk({ screen });
  for (const [path] of pages) {
    await go(path);
    // On a small board only the chosen column is drawn, so what to wait for is the page, not its rows.
    await page.locator('#page h1').first().waitFor({ state: 'attached' });
    await page.locator('.loading').waitFor({ state: 'detached' });
    expect(await overflowPx(page), `${path} scrolls sideways`).toBeLessThanOrEqual(0);
    expect(await tooSmall(page), path).toEqual([]);
  }
  expect(complaints).toEqual([]);
});

test('on a phone no word of the order tabs breaks', async () => {
  const { page, go } = await kiosks.kiosk({ screen: 'phone' });
  await go('orders');
  await page.locator('.tab').first().waitFor();
  const broken = `[...document.querySelectorAll('.tab-short')]
    .filter((word) => word.getBoundingClientRect().height > 1.5 * parseFloat(getComputedStyle(word).lineHeight))
    .map((word) => word.textContent)`;
  expect(await page.evaluate(broken)).toEqual([]);
});

test('a page can be reached and a robot chosen by keys alone', async () => {
  const { page } = await kiosks.kiosk();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter'); // "Skip to the page"
  expect(await page.evaluate('document.activeElement.id')).toBe('page');
  const robot = page.locator('a[data-robot="amr-1"]');
  for (let press = 0; press < 30; press += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement?.dataset?.robot')) === 'amr-1') break;
  }
  await page.keyboard.press('Enter');
  await page.locator('.fleet-row-chosen', { hasText: 'amr-1' }).waitFor();
  expect(await robot.getAttribute('aria-current')).toBe('true');
});

test('a robot on the map leads to its order', async () => {
  const { page } = await kiosks.kiosk();
  await page.locator('a[data-robot="amr-3"]').click();
  await page.locator('.fleet-row-chosen').getByRole('link', { name: 'Order 536367' }).click();
  await page.getByRole('heading', { name: 'Order 536367' }).waitFor();
});

test('robots are drawn where their poses say', async () => {
  const { page, fake } = await kiosks.kiosk();
  await page.locator('a[data-robot="amr-1"]').waitFor();
  fake.drive(3);
  const robot = fake.state.robots.find((row) => row.robotId === 'amr-1');
  if (robot === undefined) throw new Error('amr-1 drives');
  const there = `translate(${robot.x.toFixed(3)} ${robot.y.toFixed(3)})`;
  await page.locator(`a[data-robot="amr-1"][transform="${there}"]`).waitFor();
});

test('what undoes is told apart from what does', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('orders/536365');
  const undone = page.locator('[data-kind="compensation"]');
  await undone.first().waitFor();
  expect(await undone.count()).toBe(4);
  expect(await undone.first().innerText()).toMatch(/^Undo/);
  expect(await page.locator('[data-kind="step"]').first().innerText()).not.toMatch(/Undo/);
});

test('a bad tag is struck out with its reason, a good one is not', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('devices/conveyor-drive');
  const speed = page.locator('[data-tag="conveyor-drive/speed"]');
  await speed.locator('s', { hasText: '0.62 m/s' }).waitFor();
  expect(await speed.innerText()).toContain('link is down');
  await go('devices/line-plc');
  const eye = page.locator('[data-tag="line-plc/photo-eye-2"]');
  expect(await eye.innerText()).toContain('good');
  expect(await eye.locator('s').count()).toBe(0);
});
