import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pausedRobot, resettableInterlock, trippedInterlock } from './fake-equipment.ts';
import { emptySite } from './fake-site.ts';
import { CODE, PASSWORD, problem } from './fake-words.ts';
import { type Kiosks, openKiosks, screens } from './kiosk.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

describe('signing in', () => {
  test('the code of the address signs in once and leaves the address bar', async () => {
    const { page, fake } = await kiosks.kiosk({ signedOut: true });
    await page.goto(`${fake.url}/?code=${CODE}#/tasks`);
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    expect(page.url()).toBe(`${fake.url}/#/tasks`);
    await page.context().clearCookies();
    await page.goto(`${fake.url}/?code=${CODE}`);
    await page.getByText('The one-time code in the address did not work.').waitFor();
    expect(page.url()).not.toContain(CODE);
  });

  test('user and password sign in; a wrong one is told in words', async () => {
    const { page, fake } = await kiosks.kiosk({ signedOut: true });
    await page.goto(fake.url);
    await page.getByLabel('User').fill('jo');
    await page.getByLabel('Password').fill('stork');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('User or password is wrong').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  test('a session that ended elsewhere ends here, with a word', async () => {
    const { page, fake } = await kiosks.kiosk();
    fake.signEverybodyOut();
    fake.feedsOpen(false);
    await page.getByText('Your session has ended').waitFor();
  });

  test('signing out leaves nothing of the site on a shared screen', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('more');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.locator('body').innerText()).not.toContain('Northgate');
  });

  test('a first visitor is asked for a password, and may put it off', async () => {
    const { page } = await kiosks.kiosk({ session: { mustSetPassword: true } });
    await page.getByText('Set a password for jo').waitFor();
    await page.getByRole('button', { name: 'Set a password' }).click();
    await page.getByLabel('New password').fill('bittern-41');
    await page.getByLabel('The same again').fill('bittern-4');
    await page.getByText('The two are not the same').waitFor();
    await page.getByLabel('The same again').fill('bittern-41');
    await page.getByRole('dialog').getByRole('button', { name: 'Set password' }).click();
    await page.getByText('Set a password for jo').waitFor({ state: 'detached' });
  });
});

describe('the connection', () => {
  test('a lost one greys and dates the picture, forbids acting, and heals with a fresh one', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    fake.feedsOpen(false);
    const banner = page.locator('.banner-offline', { hasText: 'No connection to the appliance' });
    await banner.waitFor();
    expect(await banner.locator('[data-age]').innerText()).toMatch(/ago$/);
    expect(await page.locator('main.page-stale').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'It is at packing-1' }).isDisabled()).toBe(true);
    fake.change([{ collection: 'tasks', put: [], remove: ['task-1'] }]); // Nobody hears it.
    await page.getByRole('button', { name: 'Try now' }).click(); // Still in vain.
    await page.getByText('2 orders cannot go on').waitFor();
    fake.feedsOpen(true);
    await page.getByText('1 order cannot go on').waitFor();
    await banner.waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'It is at packing-1' }).isDisabled()).toBe(false);
  });

  test('a gap in the numbers brings a new snapshot, so nothing is missed', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('alarms');
    fake.change([{ collection: 'alarms', put: [], remove: ['cabinet'] }], { gap: true });
    await page.getByText('2 active, 2 not seen yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await expect.poll(() => fake.feedCount()).toBe(1);
  });

  test('an appliance that is away at the start is waited for', async () => {
    const { page, fake } = await kiosks.kiosk({ signedOut: true });
    await page.route('**/api/v1/session', (route) => route.abort());
    await page.goto(fake.url);
    await page.getByText('The appliance does not answer').waitFor();
    await page.unroute('**/api/v1/session');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});

describe('motion', () => {
  test('a stop is seen on every page, and a person resets it after looking', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    fake.change([{ collection: 'interlocks', put: [trippedInterlock], remove: [] }]);
    const banner = page.getByRole('alert', { name: 'Stopped' });
    for (const path of ['floor', 'orders', 'uplink', 'more']) {
      await go(path);
      await banner.getByText('E-stop of the line is pressed').waitFor();
    }
    expect(await banner.getByRole('button', { name: 'Reset' }).count()).toBe(0);
    fake.change([{ collection: 'interlocks', put: [resettableInterlock], remove: [] }]);
    await banner.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: 'Everybody is clear: reset' }).click();
    await banner.waitFor({ state: 'detached' });
    expect(fake.asked.map(({ path }) => path)).toContain('/interlocks/e-stop-line/reset');
  });

  test('robots that wait to be let go on are no stop, and one look lets all of them go', async () => {
    const { page, fake } = await kiosks.kiosk();
    const put = ['amr-1', 'amr-2', 'amr-3', 'amr-5'].map(pausedRobot);
    fake.change([{ collection: 'interlocks', put, remove: [] }]);
    const banner = page.getByRole('alert', { name: 'Held' });
    await banner.getByRole('button', { name: 'Show 1 more' }).click();
    await banner.getByText('amr-5 is paused by the e-stop').waitFor();
    await banner.getByRole('button', { name: 'Reset all 4' }).click();
    await page.getByRole('button', { name: 'Everybody is clear: reset' }).click();
    await banner.waitFor({ state: 'detached' });
    expect(fake.asked.filter(({ path }) => path.endsWith('/reset'))).toHaveLength(4);
  });

  test('a stop leaves most of a phone to the page, and tells why at a press', async () => {
    const { page, fake } = await kiosks.kiosk({ screen: 'phone' });
    const put = ['1', '2', '3', '4'].map((id) => ({
      ...trippedInterlock,
      id: `e-stop-${id}`,
      needsReset: id !== '1',
      reason: `line-plc/e-stop-${id} cannot be trusted: its device is not connected (timeout was 3000 ms)`,
    }));
    fake.change([{ collection: 'interlocks', put, remove: [] }]);
    const banner = page.getByRole('alert', { name: 'Stopped' });
    await banner.getByText('E-stop 1 cannot be read: line-plc is not connected').waitFor();
    expect(await banner.getByText('is pressed').count()).toBe(0);
    const box = await banner.boundingBox();
    expect(box?.height).toBeLessThan(screens.phone.height / 2);
    const why = banner.getByText('timeout was 3000 ms');
    expect(await why.first().isVisible()).toBe(false);
    await banner.getByRole('button', { name: 'Show 1 more' }).click();
    await why.first().waitFor();
    await banner.getByText('E-stop 4 cannot be read').waitFor();
  });

  test('a viewer sees the stop and cannot reset it', async () => {
    const { page, fake } = await kiosks.kiosk({ session: { role: 'viewer' } });
    fake.change([{ collection: 'interlocks', put: [resettableInterlock], remove: [] }]);
    const banner = page.getByRole('alert', { name: 'Stopped' });
    await banner.waitFor();
    expect(await banner.getByRole('button').count()).toBe(0);
  });
});

test('a site without anything says on each page what that means', async () => {
  const { page, go, complaints } = await kiosks.kiosk({ state: emptySite() });
  for (const [path, words] of [
    ['floor', 'No floor map'],
    ['orders', 'No orders yet'],
    ['tasks', 'Nothing needs a person'],
    ['alarms', 'No alarms'],
    ['devices', 'No devices'],
    ['uplink', 'No uplink'],
    ['refusals', 'Nothing was refused'],
    ['demo', 'Nothing to break'],
  ] as const) {
    await go(path);
    await page.getByText(words).waitFor();
  }
  expect(complaints).toEqual([]);
});

test('a page says that it loads, then why it could not, and recovers when asked again', async () => {
  const { page, fake, go } = await kiosks.kiosk();
  const release = fake.hold('/refusals');
  await go('refusals');
  await page.getByText('Loading refusals').waitFor({ state: 'attached' });
  fake.refuse('GET', '/refusals', problem(500, 'STORE_BUSY', 'The store is busy', 'Try again in a minute.'));
  release();
  await page.getByText('The store is busy').waitFor();
  await page.getByText('Try again in a minute.').waitFor();
  fake.allow();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('POST is not in the inventory').waitFor();
});

test('an order that does not exist is told from one that cannot be loaded', async () => {
  const { page, fake, go } = await kiosks.kiosk();
  await go('orders/no-such');
  await page.getByText('There is no order no-such').waitFor();
  fake.refuse('GET', '/orders/', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
  await go('orders/536371');
  await page.getByText('The store is busy').waitFor();
});

// Last, because the clock that it puts into the tab cannot be taken out again.
test('silence on an open socket counts as lost', async () => {
  const { page, fake } = await kiosks.kiosk({ signedOut: true });
  await page.clock.install();
  await page.goto(`${fake.url}/?code=${CODE}`);
  await page.getByText('Live', { exact: true }).waitFor();
  fake.feedsSilent(true);
  await page.clock.runFor(8_000);
  await page.getByText('The appliance went silent.').waitFor();
});
