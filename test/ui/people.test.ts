import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { presenceOf, siteTime, siteTimeMs } from '../../ui/src/people/presence.ts';
import { absences, people } from './fake-people.ts';
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

const technician = { session: { role: 'technician' } } as const;

test('times are those of the site, also around a change of its clocks', () => {
  const berlin = 'Europe/Berlin';
  const iso = (local: string) => new Date(siteTimeMs(local, berlin) ?? 0).toISOString();
  expect(iso('2026-01-15T08:00')).toBe('2026-01-15T07:00:00.000Z');
  expect(iso('2026-07-15T08:00')).toBe('2026-07-15T06:00:00.000Z');
  // The clocks go forward at 02:00 and back at 03:00.
  expect(iso('2026-03-29T01:30')).toBe('2026-03-29T00:30:00.000Z');
  expect(iso('2026-03-29T03:30')).toBe('2026-03-29T01:30:00.000Z');
  expect(iso('2026-10-25T04:00')).toBe('2026-10-25T03:00:00.000Z');
  expect(siteTime(Date.parse('2026-03-29T01:30:00Z'), berlin)).toBe('2026-03-29T03:30');
  expect(siteTimeMs('', berlin)).toBeNull();
});

test('a person is there, off shift, or away', () => {
  const is = people().map((person) => presenceOf(person, absences(), Date.now()).is);
  expect(is).toEqual(['there', 'there', 'away', 'off-shift']);
});

describe('the page', () => {
  test('tells who is there, how busy, and who covers for whom', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('people');
    await page.getByText('2 of 4 there now').waitFor();
    expect(await page.locator('[data-person="marta"]').innerText()).toMatch(/On duty[\s\S]*1 open task/);
    expect(await page.locator('[data-person="bob"]').innerText()).toMatch(/Away until[\s\S]*marta covers/);
    expect(await page.locator('[data-person="sam"]').innerText()).toContain('Not on shift');
    // Channels are a technician's business.
    expect(await page.getByText('How people are called').count()).toBe(0);
  });

  test('shows a technician which channel does not get through, and why', async () => {
    const { page, go } = await kiosks.kiosk(technician);
    await go('people');
    const mail = page.locator('[data-channel="mail"]');
    await mail.getByText('Does not get through').waitFor();
    expect(await mail.innerText()).toMatch(/2 notices waiting[\s\S]*refused the connection/);
  });

  test('sends a technician’s test through a channel, and says what became of it', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('people');
    await page.getByRole('button', { name: 'Send a test by pages' }).click();
    await page.getByText('It went through: it stands on the open pages.').waitFor();
    const words = 'Channel mail did not take the test message: connect ECONNREFUSED 10.0.0.9:587';
    fake.refuse('POST', '/channels/mail/test', problem(502, 'NOTIFY_TEST_FAILED', words, 'Compare it.'));
    const mail = page.locator('[data-channel="mail"]');
    await mail.getByRole('button', { name: 'Send a test by mail' }).click();
    await mail.getByText(words).waitFor();
    const sent = fake.asked.filter(({ path }) => path.endsWith('/test')).map(({ path }) => path);
    expect(sent).toEqual(['/channels/pages/test', '/channels/mail/test']);
  });

  test('knows a site without people, a viewer, and a failed answer', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: emptySite() });
    await go('people');
    await page.getByText('The site knows nobody by name').waitFor();
    await page.getByText('Nobody is away, and nobody will be.').waitFor();
    fake.refuse('GET', '/people', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await go('floor');
    await go('people');
    await page.getByText('The store is busy').first().waitFor();
    await kiosks.closeOpen();
    const viewer = await kiosks.kiosk({ session: { role: 'viewer' } });
    await viewer.go('people');
    await viewer.page.getByText('Only those who work here see who is there').waitFor();
    expect(viewer.fake.asked.some(({ path }) => path.startsWith('/people'))).toBe(false);
  });
});

describe('an absence', () => {
  test('of one’s own is entered once, in the time of the site', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('people');
    await page.getByRole('button', { name: 'Enter an absence' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('jo will be away.').waitFor();
    await dialog.getByLabel(/^From/).fill('2031-07-01T08:00');
    await dialog.getByLabel(/^Until/).fill('2031-07-01T07:00');
    await dialog.getByRole('button', { name: 'Enter it' }).click();
    await dialog.getByText('It ends before it begins.').waitFor();
    await dialog.getByLabel(/^Until/).fill('2031-07-02T08:00');
    await dialog.getByLabel(/^Who covers/).selectOption('marta');
    fake.refuse('POST', '/people', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await dialog.getByRole('button', { name: 'Enter it' }).click();
    await dialog.getByText('The store is busy').waitFor();
    fake.allow();
    await dialog.getByRole('button', { name: 'Enter it' }).click();
    await page.locator('[data-absence="away-3"]', { hasText: 'marta covers' }).waitFor();
    const sent = fake.asked.filter(({ method, path }) => method === 'POST' && path === '/people/absences');
    expect(sent).toHaveLength(2);
    expect(sent[1]?.body).toEqual({
      user: 'jo',
      from: '2031-07-01T06:00:00.000Z',
      to: '2031-07-02T06:00:00.000Z',
      coveredBy: 'marta',
    });
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  test('that is refused says so at its field', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('people');
    await page.getByRole('button', { name: 'Enter an absence' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Who', { exact: true }).selectOption('bob');
    const words = 'bob, coveredBy: nobody of that name';
    fake.refuse(
      'POST',
      '/people',
      problem(422, 'PEOPLE_ABSENCE', words, 'Name somebody else.', '/coveredBy'),
    );
    await dialog.getByRole('button', { name: 'Enter it' }).click();
    await dialog
      .locator('.field', { has: page.getByLabel(/^Who covers/) })
      .getByText(words)
      .waitFor();
  });

  test('that has begun is ended, one that has not is removed, and only by who may', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('people');
    const later = page.locator('[data-absence="away-2"]');
    await later.getByRole('button', { name: 'Remove' }).click();
    await later.waitFor({ state: 'detached' });
    expect(await page.locator('[data-absence="away-1"]').getByRole('button').count()).toBe(0);
    expect(fake.asked.some(({ method, path }) => method === 'DELETE' && path.endsWith('/away-2'))).toBe(true);
    await kiosks.closeOpen();

    const lead = await kiosks.kiosk(technician);
    await lead.go('people');
    const now = lead.page.locator('[data-absence="away-1"]');
    await now.getByRole('button', { name: 'Back again' }).click();
    await now.waitFor({ state: 'detached' });
    const put = lead.fake.asked.find(({ method }) => method === 'PUT');
    expect(put?.body).toMatchObject({ user: 'bob', coveredBy: 'marta', note: 'Dentist' });
    const { from, to } = put?.body as { from: string; to: string };
    expect(Date.parse(to)).toBeGreaterThan(Date.parse(from));
  });
});

test.each([
  'phone',
  'tablet',
] as const satisfies Screen[])('on a %s the page fits and is accessible', async (screen) => {
  const theme = screen === 'phone' ? 'dark' : 'light';
  const { page, go, complaints } = await kiosks.kiosk({ screen, theme, ...technician });
  await page.evaluate(axeSource);
  await go('people');
  await page.getByText('Does not get through').waitFor();
  const look = async () => {
    expect(await violations(page)).toEqual([]);
    expect(await overflowPx(page)).toBeLessThanOrEqual(0);
    expect(await tooSmall(page)).toEqual([]);
  };
  await look();
  await page.getByRole('button', { name: 'Enter an absence' }).click();
  await page.getByRole('dialog').waitFor();
  await look();
  expect(complaints).toEqual([]);
});
