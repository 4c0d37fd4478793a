import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { emptySite } from './fake-site.ts';
import { problem } from './fake-words.ts';
import { type Kiosks, openKiosks } from './kiosk.ts';
import { axeSource, overflowPx, tooSmall, violations } from './page-checks.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

/** How many nodes that were reached can be seen in the box of the picture. */
const nodesInSight = `(() => {
  const outer = document.querySelector('.diagram-box').getBoundingClientRect();
  return [...document.querySelectorAll('[data-node]')]
    .filter(({ dataset }) => dataset.state !== 'idle')
    .map((node) => node.getBoundingClientRect())
    .filter((box) => box.left >= outer.left - 1 && box.right <= outer.right + 1)
    .filter((box) => box.top >= outer.top - 1 && box.bottom <= outer.bottom + 1).length;
})()`;

const technician = { session: { role: 'technician' as const } };

describe('finding a procedure', () => {
  test('an order’s page leads to every step of it', async () => {
    const { page, go, complaints } = await kiosks.kiosk();
    await go('orders/536367');
    await page.getByRole('link', { name: 'See every step' }).click();
    await page.getByRole('heading', { name: 'Pick an order' }).waitFor();
    expect(page.url()).toContain('#/sagas/saga-536367');
    const facts = await page.getByLabel('Now', { exact: true }).innerText();
    expect(facts.match(/536367/g)).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('what is looked for is kept in the address, and found again by it', async () => {
    const { page, go, fake } = await kiosks.kiosk();
    await go('sagas');
    await page.locator('[data-saga]').first().waitFor();
    await page.getByLabel('Words').fill('NX 41 KLM');
    await page.getByLabel('State').selectOption({ label: 'Running' });
    await page.getByText('1 found, newest first. These are all.').waitFor();
    expect(await page.locator('[data-saga]').innerText()).toContain('vehicle NX 41 KLM');
    expect(page.url()).toContain('#/sagas?text=NX+41+KLM&status=running');
    await page.reload();
    await page.getByText('1 found, newest first. These are all.').waitFor();
    expect(await page.getByLabel('Words').inputValue()).toBe('NX 41 KLM');
    const asked = fake.asked.filter(({ path }) => path.startsWith('/sagas?')).at(-1)?.path ?? '';
    expect(new URLSearchParams(asked.slice(asked.indexOf('?'))).get('text')).toBe('NX 41 KLM');
  });

  test('a long answer comes page by page, and says when it is all', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas');
    await page.getByText('50 of 65 found, newest first.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('65 found, newest first. These are all.').waitFor();
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  test('how many run is counted by kind, and a press shows them', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas');
    await page.getByRole('button', { name: '5 Pick an order' }).click();
    await page.getByText('1 found, newest first. These are all.').waitFor();
    expect(page.url()).toContain('name=pick-order&status=running');
  });

  test('nothing found, nothing there yet, and no answer are three different things', async () => {
    const { page, go, fake } = await kiosks.kiosk();
    await go('sagas?text=unicorn');
    await page.getByText('Nothing found').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.locator('[data-saga]').first().waitFor();
    fake.refuse('GET', '/sagas', problem(503, 'STORE_BUSY', 'The store does not keep up', 'Wait a moment.'));
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('The store does not keep up').waitFor();
    expect(await page.locator('[data-saga]').count()).toBeGreaterThan(0);
    fake.allow();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The store does not keep up').waitFor({ state: 'detached' });
  });

  test('a new site says so', async () => {
    const { page, go } = await kiosks.kiosk({ state: emptySite() });
    await go('sagas');
    await page.getByText('Nothing has run yet').waitFor();
    await go('versions');
    await page.getByText('No procedures here').waitFor();
  });
});

test.each([
  'saga-536365',
  'replenish-0',
])('on a phone the picture of %s, which has ended, shows where it ended', async (sagaId) => {
  const { page, go } = await kiosks.kiosk({ screen: 'phone' });
  await go(`sagas/${sagaId}`);
  await page.locator('[data-node]').first().waitFor();
  await expect.poll(() => page.evaluate(nodesInSight)).toBeGreaterThan(0);
});

describe('looking back', () => {
  const stateOf = 'data-state';

  test('the picture, the history and the data are shown as they were, and by keys', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas/saga-536365');
    const pick = page.locator('[data-node="pick"]');
    await pick.waitFor();
    expect(await pick.getAttribute(stateOf)).toBe('undone');
    await page.getByText('Everything below is shown as it was then').waitFor({ state: 'detached' });
    const slider = page.getByRole('slider', { name: 'Look back' });
    await slider.focus();
    await page.keyboard.press('Home');
    await page.getByText('Step 1 of 10').waitFor();
    await page.locator('[data-node="pick"][data-state="idle"]').waitFor();
    expect(await page.locator('[data-node="reserve"]').getAttribute(stateOf)).toBe('active');
    for (let press = 1; press < 6; press += 1) await page.keyboard.press('ArrowRight');
    await page.locator('[data-node="pick"][data-state="active"]').waitFor();
    expect(page.url()).toContain('?at=6');
    await page.locator('[data-output="choose-robot"] summary').click();
    await page.locator('[data-output="choose-robot"]').getByText('amr-3').waitFor();
    await page.getByRole('button', { name: 'Every step' }).click();
    expect(await page.locator('[data-position]').count()).toBe(6);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.locator('[data-node="pick"][data-state="undone"]').waitFor();
    expect(page.url()).not.toContain('at=');
  });

  test('a place in the past can be handed on by its address', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas/saga-536365?at=8');
    await page.getByText('Step 8 of 10').waitFor();
    await page.getByText('Everything below is shown as it was then (being taken back).').waitFor();
    await page.getByRole('button', { name: 'Every step' }).click();
    await page.getByRole('button', { name: 'Look at step 3' }).click();
    await page.getByText('Step 3 of 10').waitFor();
  });

  test('each attempt that did not come off is told with its reason', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas/saga-536365');
    const why = page.locator('.why');
    await why.waitFor();
    expect(await why.innerText()).toContain('Scanned 84879, wanted 22745');
  });

  test('ways that run side by side are drawn with their names', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas/handoff%3AB-7');
    await page.locator('[data-node="pick-up"][data-state="active"]').waitFor();
    expect(await page.locator('.diagram-lane').count()).toBeGreaterThan(2);
    await page
      .locator('.diagram ol li')
      .filter({ hasText: 'Take the goods: now' })
      .waitFor({ state: 'attached' });
  });
});

describe('acting on a procedure', () => {
  test('it is cancelled with a reason, once, and its task is a press away', async () => {
    const { page, go, fake } = await kiosks.kiosk();
    await go('sagas/saga-536367');
    await page.getByRole('button', { name: 'Cancel…' }).click();
    const act = page.getByRole('button', { name: 'Cancel it', exact: true });
    expect(await act.isDisabled()).toBe(true);
    await page.getByLabel('Why?').fill('customer called');
    await act.click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const sent = fake.asked.filter(({ method, path }) => method === 'POST' && path.includes('/cancel'));
    expect(sent.map(({ path, body }) => [path, body])).toEqual([
      ['/sagas/saga-536367/cancel', { reason: 'customer called' }],
    ]);
    expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    await page.getByRole('link', { name: 'Wrong article in the tote of amr-3' }).click();
    await page.getByText('Swapped by hand, go on').waitFor();
  });

  test('what has ended, and who only looks, have nothing to cancel', async () => {
    const { page, go } = await kiosks.kiosk({ session: { role: 'viewer' } });
    await go('sagas/saga-536367');
    await page.locator('[data-node="pick"]').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel…' }).count()).toBe(0);
  });

  test('what is not live can be looked at, and not acted on', async () => {
    const { page, go, fake } = await kiosks.kiosk();
    await go('sagas/saga-536367');
    const cancel = page.getByRole('button', { name: 'Cancel…' });
    await cancel.waitFor();
    expect(await cancel.isEnabled()).toBe(true);
    fake.feedsOpen(false);
    await page.getByText('No connection to the appliance').waitFor();
    expect(await cancel.isDisabled()).toBe(true);
    expect(await page.locator('[data-node="pick"]').isVisible()).toBe(true);
  });

  test('one that is not there says so', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('sagas/nobody');
    await page.getByText('There is no such procedure').waitFor();
  });
});

describe('versions and trials', () => {
  test('a trial shows what its guard goes by, and marks what is past its limit in words', async () => {
    const { page, go } = await kiosks.kiosk(technician);
    await go('versions');
    const trial = page.locator('[data-rollout="trial-2"]');
    await trial.getByText('14 of 20 that are needed for a judgement').waitFor();
    const failed = trial.getByRole('row', { name: /Failed, or needed a person/ });
    expect(await failed.innerText()).toMatch(/2 %[\s\S]*14\.3 %[\s\S]*more than allowed[\s\S]*7 %/);
    expect(await trial.innerText()).toContain('new ones whose zone is a or b');
  });

  test('it is given to all with a reason, and is then among the earlier ones', async () => {
    const { page, go, fake } = await kiosks.kiosk(technician);
    await go('versions');
    await page.getByRole('button', { name: 'Give it to all…' }).click();
    await page.getByLabel('Why?').fill('a week without trouble');
    await page.getByRole('button', { name: 'Give it to all', exact: true }).click();
    await page.locator('[data-rollout="trial-2"]').waitFor({ state: 'detached' });
    const sent = fake.asked.filter(({ method }) => method === 'POST').at(-1);
    expect(sent).toMatchObject({
      path: '/rollouts/pick-order/promote',
      body: { reason: 'a week without trouble' },
      key: expect.stringMatching(/./),
    });
    await page.locator('[data-kind="pick-order"]').getByText('Earlier trials').click();
    await page.getByText('Taken over for all').waitFor();
  });

  test('where a version would have acted differently is told in words', async () => {
    const { page, go } = await kiosks.kiosk(technician);
    await go('versions');
    const shadow = page.locator('[data-shadow="shadow-1"]');
    await shadow.getByText('It would have acted differently in 2 of 40 that have ended.').waitFor();
    await shadow.getByText('Where it would have acted differently').click();
    await shadow.getByText('It would have done more:').waitFor();
    await shadow.getByText('How this version would have ended is not known.').waitFor();
  });

  test('a version is tried on some, with whom it is tried on told apart by what it is given', async () => {
    const { page, go, fake } = await kiosks.kiosk(technician);
    await go('versions');
    await page.locator('[data-kind="robot-recovery"]').getByRole('button', { name: 'Try on some…' }).click();
    const begin = page.getByRole('button', { name: 'Begin the trial' });
    await page.getByLabel('Why?').fill('quieter');
    await page.getByLabel('Percent of the new ones').fill('0');
    expect(await begin.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'A zone, a dock, …' }).click();
    await page.getByLabel('Told apart by').fill('robotId');
    await page.getByLabel('Values').fill('amr-1, amr-2');
    await begin.click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(fake.asked.filter(({ method }) => method === 'POST').at(-1)).toMatchObject({
      path: '/rollouts',
      body: {
        name: 'robot-recovery',
        hash: 'd'.repeat(64),
        key: 'input.robotId',
        take: { values: ['amr-1', 'amr-2'] },
        reason: 'quieter',
      },
    });
  });

  test('a version that cannot run here says why, and an operator only looks', async () => {
    const { page, go } = await kiosks.kiosk();
    await go('versions');
    await page.getByText('Cannot run here: no device can Turntable.turn').waitFor();
    expect(await page.getByRole('button', { name: 'Use for all…' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Give it to all…' }).count()).toBe(0);
  });
});

const pages: readonly [string, string][] = [
  ['sagas', 'vehicle NX 41 KLM'],
  ['sagas?text=unicorn', 'Nothing found'],
  ['sagas/saga-536365', 'Why it took longer'],
  ['sagas/saga-536365?at=5', 'Everything below is shown as it was then'],
  ['sagas/saga-536367', 'Wrong article in the tote of amr-3'],
  ['sagas/handoff%3AB-7', 'How it goes'],
  ['versions', 'Earlier trials'],
];

test.each([
  'light',
  'dark',
] as const)('in the %s theme nobody is kept out by a fault of the pages', async (theme) => {
  const { page, go, complaints } = await kiosks.kiosk({ ...technician, theme });
  await page.evaluate(axeSource);
  for (const [path, words] of pages) {
    await go(path);
    await page.getByText(words).filter({ visible: true }).first().waitFor();
    expect(await violations(page), path).toEqual([]);
  }
  expect(complaints).toEqual([]);
});

test.each([
  'phone',
  'tablet',
  'desktop',
] as const)('on a %s the pages fit, and fingers fit them', async (screen) => {
  const { page, go } = await kiosks.kiosk({ ...technician, screen });
  for (const [path, words] of pages) {
    await go(path);
    await page.getByText(words).filter({ visible: true }).first().waitFor();
    expect(await overflowPx(page), `${path} scrolls sideways`).toBeLessThanOrEqual(0);
    expect(await tooSmall(page), path).toEqual([]);
  }
});
