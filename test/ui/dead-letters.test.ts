import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { deadLetterCauses } from '../../contracts/sagas.ts';
import { planRedrive } from '../../local-orchestrator/dead-letters/redrive-plan.ts';
import { causes } from '../../ui/src/dead-letters/cause-words.ts';
import { changedLines, inputLines } from '../../ui/src/dead-letters/input-lines.ts';
import { countByCause, queryOf, shownOf } from '../../ui/src/dead-letters/letter-filter.ts';
import { letters } from './fake-letters.ts';
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
const robotLetter = 'dead-letters/pick-order%3A536381%3At4';

describe('what the pages make of a letter', () => {
  test('every cause has words, and they say what letting it go on really does', async () => {
    const { causeWords } = await import('../../ui/src/dead-letters/cause-words.ts');
    expect(causes.toSorted()).toEqual([...deadLetterCauses].toSorted());
    for (const cause of causes) {
      const row = { task_id: 't', input: '{}', cause, opened_ms: 0, activity: 'a@1', via: 'local' };
      expect(planRedrive(row as never, (input) => input).does, cause).toBe(causeWords[cause].does);
    }
  });

  test('counts go by the other filters, not by the chosen cause', () => {
    const counts = countByCause(letters(), { cause: 'unknown-outcome', definition: 'pick-order' });
    expect(counts.filter(({ count }) => count > 0)).toEqual([
      { cause: 'unknown-outcome', count: 1 },
      { cause: 'retries-exhausted', count: 2 },
    ]);
  });

  test('the address keeps what is shown, and survives nonsense', () => {
    const shown = { state: 'closed', filter: { cause: 'not-retryable', device: 'amr 1' } } as const;
    expect(shownOf(queryOf(shown))).toEqual(shown);
    expect(shownOf('state=what&cause=none')).toEqual({ state: 'open', filter: {} });
  });

  test('inputs are lines, and changes are the lines that differ', () => {
    const before = { target: 'amr-1', args: { place: 'a', via: ['x'] } };
    expect(inputLines(before)).toEqual([
      { label: 'Target', value: 'amr-1' },
      { label: 'Args, place', value: 'a' },
      { label: 'Args, via, 1', value: 'x' },
    ]);
    expect(changedLines(before, { target: 'amr-1', args: { place: 'b', via: [] } })).toEqual([
      { label: 'Args, place', before: 'a', after: 'b' },
      { label: 'Args, via, 1', before: 'x', after: null },
    ]);
  });
});

describe('the list', () => {
  test('counts by cause and narrows to one; the address keeps it', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('dead-letters');
    await page.getByRole('button', { name: 'It was tried too often 2' }).click();
    await page.locator('[data-letter="putaway:88:t2"]').waitFor({ state: 'detached' });
    expect(await page.locator('[data-letter]').count()).toBe(2);
    await page.getByLabel('Device').selectOption('amr-4');
    await page.locator('[data-letter="pick-order:536381:t4"]').waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('[data-letter="pick-order:536382:t4"]').waitFor();
    expect(await page.locator('[data-letter]').count()).toBe(1);
  });

  test('also shows what was stuck, and who let it go on', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('dead-letters?state=closed');
    await page.getByText('marta decided at').waitFor();
    await page.locator('[data-letter="pick-order:536370:t4"]').click();
    await page.getByText('“gripper repaired”').waitFor();
    expect(await page.locator('.changes').innerText()).toBe('Args, place: rack-2-9 → rack-2-10');
  });

  test('says that nothing is stuck, and when it cannot be asked', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: emptySite() });
    await go('dead-letters');
    await page.getByText('Nothing is stuck').waitFor();
    fake.refuse('GET', '/dead-letters', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await go('floor');
    await go('dead-letters');
    await page.getByText('The store is busy').waitFor();
    fake.allow();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Nothing is stuck').waitFor();
  });

  test('lets nobody but technicians press anything', async () => {
    const { page, go } = await kiosks.kiosk();
    await go(robotLetter);
    await page.getByRole('heading', { name: 'What it was given' }).waitFor();
    expect(await page.getByRole('button', { name: 'Let it go on' }).count()).toBe(0);
  });
});

describe('one letter', () => {
  test('goes on with another input, shown before it is sent', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go(robotLetter);
    const send = page.getByRole('button', { name: 'Let it go on' });
    await send.waitFor();
    expect(await send.isDisabled()).toBe(true);
    await page.getByRole('checkbox').check();
    await page.getByLabel('Place').fill('rack-2-10');
    await page.locator('.changes', { hasText: 'Args, place: rack-2-9 → rack-2-10' }).waitFor();
    await page.getByLabel(/^Why/).fill('The shelf was moved.');
    await send.click();
    await page.getByText('it is dealt with').waitFor();
    expect(fake.asked.find(({ path }) => path.endsWith('/redrive'))).toMatchObject({
      body: {
        reason: 'The shelf was moved.',
        input: { target: 'amr-1', epoch: 3, args: { place: 'rack-2-10' } },
      },
      key: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test('whose outcome is unknown is asked about, and its input stays', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('dead-letters/pick-order%3A536380%3At7');
    await page.getByText('It is never done a second time blindly.').waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    await page.getByLabel(/^Why/).fill('The robot is back.');
    await page.getByRole('button', { name: 'Let it go on' }).click();
    await page.getByText('it is dealt with').waitFor();
    expect(fake.asked.find(({ path }) => path.endsWith('/redrive'))?.body).toEqual({
      reason: 'The robot is back.',
    });
  });

  test('that is not there says so', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('dead-letters/none');
    await page.getByText('There is no such piece of work').waitFor();
  });
});

describe('many letters', () => {
  test('are let go on only after it was shown what would be done, and are watched', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('dead-letters');
    await page.getByRole('button', { name: 'Let 4 pieces go on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Why/).fill('Network repaired.');
    await dialog.getByRole('button', { name: 'Show what would be done' }).click();
    await dialog.getByText('2 pieces would be tried again.').waitFor();
    await dialog.getByText('1 piece would be asked about at the device.').waitFor();
    await dialog.getByText('the step is gone. Cancel it.').waitFor();
    expect(fake.asked.filter(({ path, method }) => method === 'POST' && path === '/redrives')).toHaveLength(
      1,
    );
    await dialog.getByRole('button', { name: 'Do it: 3 pieces' }).click();
    const run = page.locator('[data-run="run-1"]');
    await run.getByText('to come').waitFor();
    await run.getByText('3 of 4 go on, 1 left alone').waitFor();
    await run.getByRole('button', { name: 'Show what was left' }).click();
    await run.getByText('the step is gone. Cancel it.').waitFor();
    const sent = fake.asked.filter(({ path, method }) => method === 'POST' && path === '/redrives');
    expect(sent.map(({ body }) => (body as { dryRun: boolean }).dryRun)).toEqual([true, false]);
    expect(sent.map(({ body }) => (body as { all?: boolean }).all)).toEqual([true, true]);
    expect(sent[1]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test('of one kind are changed by a form; what is left empty stays as it is', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('dead-letters?cause=retries-exhausted');
    await page.getByRole('button', { name: 'Let 2 pieces go on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').check();
    await dialog.getByLabel('Place').fill('rack-9-9');
    await dialog.getByLabel(/^Why/).fill('The shelf was moved.');
    await dialog.getByRole('button', { name: 'Show what would be done' }).click();
    await dialog.getByText('Send the robot would be given:').first().waitFor();
    expect(fake.asked.find(({ path, method }) => method === 'POST' && path === '/redrives')?.body).toEqual({
      reason: 'The shelf was moved.',
      filter: { cause: 'retries-exhausted' },
      countMax: 2,
      patch: { args: { place: 'rack-9-9' } },
      dryRun: true,
    });
  });

  test('of several kinds are changed by checked JSON', async () => {
    const { page, go } = await kiosks.kiosk(technician);
    await go('dead-letters');
    await page.getByRole('button', { name: 'Let 4 pieces go on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').check();
    await dialog.getByLabel(/as JSON/).fill('{"epoch": ');
    await dialog.getByLabel(/^Why/).fill('x');
    await dialog.getByRole('button', { name: 'Show what would be done' }).click();
    await dialog.getByText('This is no JSON').waitFor();
  });

  test('that go on can be stopped', async () => {
    const { page, fake, go } = await kiosks.kiosk(technician);
    await go('dead-letters');
    await page.getByRole('button', { name: 'Let 4 pieces go on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Why/).fill('x');
    await dialog.getByRole('button', { name: 'Show what would be done' }).click();
    await dialog.getByRole('button', { name: 'Do it' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.locator('[data-run="run-1"]').getByText('Stopped').waitFor();
    expect(fake.asked.some(({ path }) => path === '/redrives/run-1/stop')).toBe(true);
  });
});

test.each([
  'phone',
  'tablet',
] as const satisfies Screen[])('on a %s the pages fit and are accessible', async (screen) => {
  const theme = screen === 'phone' ? 'dark' : 'light';
  const { page, go, complaints } = await kiosks.kiosk({ screen, theme, ...technician });
  await page.evaluate(axeSource);
  for (const [path, words] of [
    ['dead-letters', 'It was tried too often'],
    [robotLetter, 'What it was given'],
  ] as const) {
    await go(path);
    await page.locator('#page').getByText(words).first().waitFor();
    expect(await violations(page), path).toEqual([]);
    expect(await overflowPx(page), path).toBeLessThanOrEqual(0);
    expect(await tooSmall(page), path).toEqual([]);
  }
  expect(complaints).toEqual([]);
});
