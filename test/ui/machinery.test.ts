import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { busySite, emptySite } from './fake-site.ts';
import { problem } from './fake-words.ts';
import { type Kiosks, openKiosks, type Screen } from './kiosk.ts';
import { axeSource, overflowPx, tooSmall, violations } from './page-checks.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

test('a breaker that is open stands first and says why, since when and until when', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('machinery');
  const rows = page.locator('[data-breaker]');
  await rows.first().waitFor();
  expect(await rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-breaker')))).toEqual([
    'device:infeed-drive',
    'endpoint:wms',
    'device:amr-1',
  ]);
  expect(await rows.first().innerText()).toMatch(
    /Switched off[\s\S]*6 faults in a row, the last: motor protection has tripped\. Tried again in 3 min/,
  );
  expect(await rows.nth(1).innerText()).toContain('One attempt is being made now.');
  // Closing one is a technician's business.
  expect(await page.getByRole('button', { name: /cured/ }).count()).toBe(0);
});

test('a technician switches on what has been cured', async () => {
  const { page, fake, go } = await kiosks.kiosk({ session: { role: 'technician' } });
  await go('machinery');
  await page.getByRole('button', { name: 'It is cured: switch on infeed-drive' }).click();
  await page.locator('[data-breaker="device:infeed-drive"]').getByText('Works').waitFor();
  expect(fake.asked.find(({ path }) => path.endsWith('/reset'))?.path).toBe(
    '/breakers/device%3Ainfeed-drive/reset',
  );
});

test('a limit says who is there and who waits, who waits most first', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('machinery');
  const zone = page.locator('[data-limit]').first();
  await zone.getByText('3 wait').waitFor();
  expect(await zone.getByRole('link').allInnerTexts()).toEqual([
    'pick-order:536371',
    'pick-order:536373',
    'putaway:R-17',
    'cycle-count:17',
    'replenish:4',
  ]);
});

test('a schedule says when it begins, what it did last, and why it has not begun', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('machinery');
  const nightly = page.locator('[data-schedule="nightly-count"]');
  await nightly.getByText('On time').waitFor();
  expect(await nightly.innerText()).toMatch(/in 8 h (19|20) min[\s\S]*are made up for once/);
  expect(await nightly.getByRole('link').getAttribute('href')).toBe('#/sagas/cycle-count%3Anightly-count-1');
  const morning = page.locator('[data-schedule="morning-fill"]');
  expect(await morning.innerText()).toMatch(/Has not begun[\s\S]*no room[\s\S]*in UTC/);
});

test('a model that is not followed says why and who decides, and is trusted again by a technician', async () => {
  const { page, fake, go } = await kiosks.kiosk({ session: { role: 'technician' } });
  await go('machinery');
  const model = page.locator('[data-model="damage-check"]');
  await model.getByText('above 0.25. People decide meanwhile.').waitFor();
  expect(await model.innerText()).toMatch(/93 %[\s\S]*0\.41 in dents/);
  await model.getByRole('button', { name: 'Trust it again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Trust it again' }).click();
  await model.getByText('Trusted').waitFor();
  expect(fake.asked.some(({ path }) => path === '/models/damage-check/baseline')).toBe(true);
  await page.getByText('of pairs of a risky and a calm order').waitFor();
});

test('each part says when there is nothing, and one that cannot be fetched spoils no other', async () => {
  const { page, fake, go } = await kiosks.kiosk({ state: emptySite() });
  fake.refuse('GET', '/limits', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
  await go('machinery');
  await page.getByText('The store is busy').waitFor();
  for (const words of [
    'Nothing has been used yet.',
    'Nothing begins by the clock.',
    'No model decides here.',
  ])
    await page.getByText(words).waitFor();
  await page.getByText('Not in use yet').waitFor();
});

test('an order that will likely need a person says so on the board and on its page, with the reasons', async () => {
  const site = busySite();
  const risk = {
    score: 0.72,
    top: [
      { feature: 'lines', value: '14', effect: 0.41 },
      { feature: 'night shift', value: '1', effect: 0.22 },
      { feature: 'urgency', value: '2', effect: -0.1 },
    ],
  };
  const orders = site.orders.map((order) => {
    if (order.orderId === '536381') return { ...order, risk };
    return order.orderId === '536382' ? { ...order, risk: { ...risk, score: 0.08 } } : order;
  });
  const { page, go } = await kiosks.kiosk({ screen: 'desktop', state: { ...site, orders } });
  await go('orders');
  const card = page.locator('[data-order="536381"]');
  await card.getByText('Risk 72 %').waitFor();
  expect(await card.innerText()).toContain('lines 14, night shift, urgency 2');
  expect(await page.locator('[data-order="536382"]').innerText()).toMatch(/Risk 8 %(?!:)/);
  await card.click();
  const page2 = page.getByRole('region', { name: 'Risk' });
  await page2.getByText('Risk 72 %').waitFor();
  expect(await page2.getByRole('listitem').allInnerTexts()).toEqual([
    'lines 14 speaks for it (41 %)',
    'night shift speaks for it (22 %)',
    'urgency 2 speaks against it (10 %)',
  ]);
});

test.each(['light', 'dark'] as const)('in the %s theme it is free of accessibility faults', async (theme) => {
  const { page, go, complaints } = await kiosks.kiosk({ theme, session: { role: 'technician' } });
  await page.evaluate(axeSource);
  await go('machinery');
  await page.getByText('Trust it again').waitFor();
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test.each(['phone', 'desktop'] as Screen[])('on a %s it fits, and fingers fit it', async (screen) => {
  const { page, go } = await kiosks.kiosk({ screen, session: { role: 'technician' } });
  await go('machinery');
  await page.getByText('Trust it again').waitFor();
  expect(await overflowPx(page)).toBeLessThanOrEqual(0);
  expect(await tooSmall(page)).toEqual([]);
});
