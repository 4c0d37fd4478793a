import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
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

const posts = (fake: { asked: { method: string; path: string; body: unknown; key: string | undefined }[] }) =>
  fake.asked.filter(({ method, path }) => method === 'POST' && !path.startsWith('/session'));

describe('the docks', () => {
  test('tell who has which dock, who is late, and where a loading stands', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('docks');
    const first = page.getByRole('region', { name: 'dock-1' });
    await first.getByText('Put it into the vehicle · 1 of 3 on board').waitFor();
    expect(await first.locator('[data-booking="B-1"]').innerText()).toContain('At the dock');
    const late = page.locator('[data-booking="B-3"]');
    expect(await late.innerText()).toMatch(/AT-17[\s\S]*Late by 12 min/);
    const broken = page.getByRole('region', { name: 'dock-3' });
    await broken.getByText('The gate does not close').waitFor();
    await broken.getByText('A technician puts it in order again.').waitFor();
  });

  test('keep a truck that has left in the picture of the day', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('docks');
    const left = page.locator('[data-booking="B-0"]');
    expect(await left.innerText()).toMatch(/GONE 1[\s\S]*Has left/);
    expect(await left.getByRole('button').count()).toBe(0);
    const slots = page.getByRole('region', { name: 'dock-1' }).locator('.dock-slot');
    expect(await slots.evaluateAll((all) => all.map(({ className }) => className))).toContain(
      'dock-slot dock-slot-departed dock-slot-ended',
    );
  });

  test('a truck that has come is told once, and stands at the dock then', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('docks');
    await page.getByRole('button', { name: 'The truck is here: AT-17' }).click();
    await page.locator('[data-booking="B-3"]').getByText('At the dock').waitFor();
    expect(posts(fake)).toMatchObject([{ path: '/docks/bookings/B-3/arrive' }]);
    expect(posts(fake)[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a slot that somebody else has is told in words, with what can be had instead', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('docks');
    await page.getByRole('button', { name: 'Book a dock' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Book it' }).click();
    await dialog.getByText('Fill this in.').first().waitFor();
    expect(posts(fake)).toEqual([]);
    await dialog.getByLabel('Truck').fill('M-XY 12');
    await dialog.getByLabel('Article').fill('22745');
    await dialog.getByLabel('Pieces').fill('48');
    await dialog.getByLabel('Dock').selectOption('dock-2');
    const taken = 'No dock is free from 2026-07-01T10:00:00.000Z for 60 min (dock-2)';
    fake.refuse('POST', '/docks/bookings', problem(409, 'DOCK_TAKEN', taken, 'GET /api/v1/docks shows all.'));
    await dialog.getByRole('button', { name: 'Book it' }).click();
    // Berlin in summer.
    await dialog.getByText(/No dock is free from (1 Jul, )?12:00:00 for 60 min/).waitFor();
    expect(await dialog.innerText()).not.toContain('GET /api');
    fake.allow();
    await dialog.getByRole('button', { name: /^dock-1 from/ }).click();
    expect(await dialog.getByLabel('Dock').inputValue()).toBe('dock-1');
    await dialog.getByRole('button', { name: 'Book it' }).click();
    await page.getByText('M-XY 12').first().waitFor();
    const [first, second] = posts(fake).map(({ body }) => body as { bookingId: string });
    expect(second).toMatchObject({
      vehicle: 'M-XY 12',
      dockId: 'dock-1',
      minutes: 60,
      lines: [{ sku: '22745', quantity: 48 }],
    });
    expect(second?.bookingId).toBe(first?.bookingId);
  });

  test('a booking is moved, and cancelled only with a reason', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('docks/B-2');
    await page.getByRole('button', { name: 'Move it' }).click();
    await page.getByLabel('Dock', { exact: true }).selectOption('dock-2');
    await page.getByRole('dialog').getByRole('button', { name: 'Move it' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('definition').getByText('dock-2').waitFor();
    await page.getByRole('button', { name: 'Cancel it' }).click();
    const confirm = page.getByRole('button', { name: 'Cancel this booking' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('textbox').fill('The customer called.');
    await confirm.click();
    await page.getByText('“The customer called.”').waitFor();
    expect(await page.getByRole('button', { name: 'Move it' }).count()).toBe(0);
    expect(posts(fake).map(({ path }) => path)).toEqual([
      '/docks/bookings/B-2/reschedule',
      '/docks/bookings/B-2/cancel',
    ]);
  });

  test('a booking shows the stages of its loading; one that is not there says so', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('docks/B-1');
    await page.locator('[data-stage="load"]', { hasText: 'now' }).waitFor();
    expect(await page.locator('[data-stage="restrain"]').innerText()).toContain('done');
    expect(await page.locator('[data-stage="seal"]').innerText()).toContain('not reached');
    await go('docks/B-99');
    await page.getByText('There is no booking B-99').waitFor();
  });

  test('a dock is put out of order with a reason, and in order again by a technician', async () => {
    const { page, fake, go } = await kiosks.kiosk({ session: { role: 'technician' } });
    await go('docks');
    const dock = page.getByRole('region', { name: 'dock-3' });
    await dock.getByRole('button', { name: 'It works again' }).click();
    await dock.getByRole('button', { name: 'Out of order' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Oil on the ramp');
    await page.getByRole('button', { name: 'It is out of order' }).click();
    await dock.getByText('Oil on the ramp').waitFor();
    expect(posts(fake).map(({ path }) => path)).toEqual([
      '/docks/dock-3/in-order',
      '/docks/dock-3/out-of-order',
    ]);
  });

  test('a viewer looks only; a site without docks says where they come from', async () => {
    const { page, go } = await kiosks.kiosk({ session: { role: 'viewer' } });
    await go('docks');
    await page.locator('[data-booking="B-3"]').waitFor();
    expect(await page.getByRole('button', { name: /truck|Book a dock|Out of order/ }).count()).toBe(0);
    const empty = await kiosks.kiosk({ state: emptySite() });
    await empty.go('docks');
    await page.getByText('This site has no docks').waitFor();
  });

  test('when it cannot be fetched says why and keeps what it had', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    fake.refuse('GET', '/docks', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await go('docks');
    await page.getByText('The store is busy').waitFor();
    fake.allow();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('[data-dock="dock-1"]').waitFor();
    fake.refuse('GET', '/docks', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await page.getByText('The store is busy').waitFor();
    expect(await page.locator('[data-dock="dock-1"]').count()).toBe(1);
  });
});

describe('work', () => {
  test('is begun with what the site knows to choose from, and shown then', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('work');
    await page.getByRole('button', { name: 'Begin: Look after a robot' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('amr-3', { exact: true }).click();
    await dialog.getByText('It is stuck').click();
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await page.waitForURL('**/#/sagas/robot-recovery*');
    expect(posts(fake)).toMatchObject([
      { path: '/work/robot-recovery', body: { input: { robotId: 'amr-3', trouble: 'stuck' } } },
    ]);
  });

  test('that is not whole is not sent, and what is refused says why', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('work');
    await page.getByRole('button', { name: 'Begin: Put goods away' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.getByText('Fill this in.').first().waitFor();
    expect(posts(fake)).toEqual([]);
    await dialog.getByLabel('Article').fill('22745');
    await dialog.getByLabel('Pieces').fill('0');
    await dialog.getByLabel('Where it stands').fill('receiving-1');
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.getByText('At least 1.').waitFor();
    await dialog.getByLabel('Pieces').fill('20');
    fake.refuse('POST', '/work', problem(503, 'SAGA_BUSY', 'There is no room for more', 'Try again.'));
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await dialog.getByText('There is no room for more').waitFor();
  });
});

const paths: readonly [string, string][] = [
  ['docks', 'HH-TR 9'],
  ['docks/B-1', 'Goods set aside'],
  ['work', 'Count a place'],
];

test.each([
  'light',
  'dark',
] as const)('in the %s theme both are free of accessibility faults', async (theme) => {
  const { page, go, complaints } = await kiosks.kiosk({ theme });
  await page.evaluate(axeSource);
  for (const [path, words] of paths) {
    await go(path);
    await page.getByText(words).first().waitFor();
    expect(await violations(page), path).toEqual([]);
  }
  await page.getByRole('button', { name: 'Begin: Put goods away' }).click();
  expect(await violations(page)).toEqual([]);
  await go('docks');
  await page.getByRole('button', { name: 'Book a dock' }).click();
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test.each(['phone', 'desktop'] as Screen[])('on a %s both fit, and fingers fit them', async (screen) => {
  const { page, go } = await kiosks.kiosk({ screen });
  for (const [path, words] of paths) {
    await go(path);
    await page.getByText(words).first().waitFor();
    expect(await overflowPx(page), path).toBeLessThanOrEqual(0);
    expect(await tooSmall(page), path).toEqual([]);
  }
  await go('docks');
  await page.getByRole('button', { name: 'Book a dock' }).click();
  expect(await tooSmall(page)).toEqual([]);
});
