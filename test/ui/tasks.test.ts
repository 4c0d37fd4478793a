import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LiveState } from '#contracts/api.ts';
import { busySite } from './fake-site.ts';
import { countTask, letterTask, modelTask } from './fake-tasks.ts';
import { problem } from './fake-words.ts';
import { type Kiosks, openKiosks, type Screen } from './kiosk.ts';
import { axeSource, overflowPx, tooSmall, violations } from './page-checks.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

const site = (): LiveState => {
  const state = busySite();
  return { ...state, tasks: [...state.tasks, countTask(), modelTask(), letterTask()] };
};
const letterPath = 'tasks/pick-order%3A536380%3At7';

describe('the page of a task', () => {
  test('tells who had it, what follows when nobody acts, and what was known', async () => {
    const { page, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/model-1');
    await page.getByText('You are asked by name.').waitFor();
    await page.getByText('If jo has not answered by then, somebody else is asked.').waitFor();
    await page.getByText('If it is still open, it goes to every shift lead.').waitFor();
    await page.getByText('bob did not take it').waitFor();
    const known = page.getByRole('region', { name: 'What is known' });
    expect(await known.getByRole('heading').allInnerTexts()).toEqual([
      'What is known',
      'About this',
      'What the model said',
      'Order and place',
      'Measured at the time',
      'What happened before',
    ]);
  });

  test('takes, begins, and gives back with a word to the others', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/count-1');
    await page.getByRole('button', { name: 'I am on it' }).click();
    await page.getByText('You are on it.').waitFor();
    await page.getByRole('button', { name: 'I begin now' }).click();
    await page.getByText('You are working on it.').waitFor();
    await page.getByRole('button', { name: 'Give it back' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('My shift is over');
    await dialog.getByRole('button', { name: 'Give it back' }).click();
    await page.getByText('Nobody has it yet; every operator may take it.').waitFor();
    expect(fake.asked.find(({ path }) => path === '/tasks/count-1/release')).toMatchObject({
      body: { note: 'My shift is over' },
      key: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test('hands it to somebody by name, those first who are there and have little to do', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/model-1');
    await page.getByRole('button', { name: 'Hand it over' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('marta').waitFor();
    expect(await dialog.locator('.choice').allInnerTexts()).toEqual([
      expect.stringMatching(/^marta\s+is there, 1 open task$/),
      expect.stringMatching(/^bob\s+is not there/),
      expect.stringMatching(/^sam\s+is not there/),
    ]);
    const send = dialog.getByRole('button', { name: 'Hand it over' });
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByText('marta').click();
    await send.click();
    await page.getByText('marta is asked by name.').waitFor();
    expect(fake.asked.find(({ path }) => path === '/tasks/model-1/delegate')?.body).toEqual({ to: 'marta' });
  });

  test('tells who decided it once it is over', async () => {
    const { page, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/task-2');
    await page.getByRole('button', { name: 'It is at packing-1' }).click();
    await page.getByText('decided by jo').waitFor();
    await page.getByText('Decided by jo: “It is at packing-1”').waitFor();
    expect(await page.getByRole('button', { name: 'It is at packing-1' }).count()).toBe(0);
  });

  test('of something that is not there says so', async () => {
    const { page, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/none');
    await page.getByText('There is no such task').waitFor();
  });

  test('shows a picture, and says so when it cannot', async () => {
    const state = site();
    const tasks = state.tasks.map((task) => ({ ...task, image: '/nowhere.jpg' }));
    const { page, go } = await kiosks.kiosk({ state: { ...state, tasks } });
    await go('tasks/task-1');
    await page.getByText('There is a picture at /nowhere.jpg, but it cannot be shown here.').waitFor();
  });
});

describe('a suggestion', () => {
  test('is shown with its confidence and reasons, and agreed to in one press', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks');
    const card = page.locator('[data-task="model-1"]');
    await card.getByText('It went by: distance: 12 m, battery: 91 %.').waitFor();
    expect(await card.getByRole('region', { name: 'Suggestion' }).innerText()).toContain('83 %');
    await card.getByRole('button', { name: 'Agree: amr-5 takes over' }).click();
    await card.getByText('amr-5 takes over: the appliance has it.').waitFor();
    expect(fake.asked.find(({ path }) => path === '/tasks/model-1/decide')?.body).toEqual({
      decision: 'amr-5',
    });
  });
});

describe('a form', () => {
  test('is checked at its fields, then sent whole', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks');
    await page.locator('[data-task="count-1"]').getByRole('button', { name: 'Counted', exact: true }).click();
    await page.getByLabel('Article').fill('22745');
    await page.getByLabel('Pieces').fill('1.5');
    await page.getByRole('button', { name: 'Counted', exact: true }).click();
    await page.getByText('Write a whole number.').waitFor();
    expect(await page.getByLabel('Pieces').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByText('Choose one.').count()).toBe(2);
    expect(fake.asked.some(({ path }) => path.endsWith('/decide'))).toBe(false);

    await page.getByLabel('Pieces').fill('6');
    await page.getByRole('button', { name: 'One more row' }).click();
    await page.getByRole('button', { name: 'Remove row 2' }).click();
    await page.getByText('Yes', { exact: true }).click();
    await page.getByText('torn').click();
    await page.getByLabel('Tare in kg').fill('0,4');
    await page.getByRole('button', { name: 'Counted', exact: true }).click();
    await page.getByText('decided by jo').waitFor();
    expect(fake.asked.find(({ path }) => path === '/tasks/count-1/decide')?.body).toEqual({
      decision: 'counted',
      form: { lines: [{ sku: '22745', quantity: 6 }], clean: true, state: 'torn', tare: 0.4 },
    });
  });

  test('that the appliance refuses shows where, and keeps what was filled in', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/count-1');
    await page.getByLabel('Article').fill('POST');
    await page.getByLabel('Pieces').fill('6');
    await page.getByText('No', { exact: true }).click();
    await page.getByText('good').click();
    await page.getByLabel('Tare in kg').fill('1');
    const words = 'POST is no article of this site';
    fake.refuse(
      'POST',
      '/tasks/count-1',
      problem(422, 'TASK_FORM', words, 'Correct the answer.', '/form/lines/0/sku'),
    );
    await page.getByRole('button', { name: 'Counted', exact: true }).click();
    await page
      .locator('.field', { has: page.getByLabel('Article') })
      .getByText(words)
      .waitFor();
    expect(await page.getByLabel('Article').inputValue()).toBe('POST');
  });

  test('is not asked for by the ways out', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site() });
    await go('tasks/count-1');
    await page.getByRole('button', { name: 'It cannot be counted' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('The rack is blocked');
    await dialog.getByRole('button', { name: 'It cannot be counted' }).click();
    await page.getByText('decided by jo').waitFor();
    expect(fake.asked.find(({ path }) => path === '/tasks/count-1/decide')?.body).toEqual({
      decision: 'cannot',
      note: 'The rack is blocked',
    });
  });
});

describe('a runbook', () => {
  test('shows its steps and deadline, and answers as the plain buttons do', async () => {
    const { page, go } = await kiosks.kiosk({ state: site() });
    await go(letterPath);
    const steps = page.getByRole('region', { name: 'What to do' });
    await steps.getByText('Go there and look').waitFor();
    expect(await steps.getByRole('listitem').count()).toBe(3);
    expect(await steps.innerText()).toMatch(/Decide by .* left/);
    // What sets machines in motion and inputs are for technicians.
    await page.getByText('Send the robot to its parking place: call a technician').waitFor();
    await page.getByText('Try again with another input: call a technician').waitFor();
    expect(await page.getByRole('link', { name: 'Try again with another input' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Ask the device again' }).click();
    await page.getByText('decided by jo').waitFor();
  });

  test('stops a machine, by whoever works there, once, and says what became of it', async () => {
    const { page, fake, go } = await kiosks.kiosk({ state: site(), session: { role: 'operator' } });
    await go(letterPath);
    const pause = page.getByRole('button', { name: 'Pause the robot' });
    fake.refuse('POST', '/commands', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await pause.click();
    await page.getByText('The store is busy').waitFor();
    fake.allow();
    await pause.click();
    await page.getByText('It was refused: gate 2 is open.').waitFor();
    const sent = () => fake.asked.filter(({ path }) => path === '/commands');
    expect(sent()).toHaveLength(2);
    expect(sent()[0]?.body).toMatchObject({ target: 'amr-3', expiresAtMs: expect.any(Number) });
    expect(sent()[1]).toEqual(sent()[0]);
    // Once it was answered, another press is another command.
    await pause.click();
    await expect.poll(sent).toHaveLength(3);
    expect(sent()[2]?.key).not.toBe(sent()[0]?.key);
  });

  test('leads a technician to another input', async () => {
    const { page, go } = await kiosks.kiosk({ state: site(), session: { role: 'technician' } });
    await go(letterPath);
    await page.getByRole('link', { name: 'Try again with another input' }).click();
    await page.getByRole('heading', { name: 'What it was given' }).waitFor();
  });
});

test('the list shows all, those of the role, or those of the person, and the address keeps it', async () => {
  const { page, go } = await kiosks.kiosk({ state: site() });
  await go('tasks');
  expect(await page.locator('[data-task]').count()).toBe(5);
  await page.getByRole('button', { name: 'Mine 2' }).click();
  await page.locator('[data-task="task-1"]').waitFor({ state: 'detached' });
  expect(await page.locator('[data-task]').count()).toBe(2);
  await page.reload();
  await page.locator('[data-task="model-1"]').waitFor();
  expect(await page.locator('[data-task]').count()).toBe(2);
});

test('a notice calls on every other page until it was seen', async () => {
  const { page, fake, go } = await kiosks.kiosk({ state: site() });
  await go('orders');
  fake.change([
    {
      collection: 'notices',
      put: [
        {
          noticeId: 'n-1',
          at: new Date().toISOString(),
          reason: 'escalated',
          title: 'Count rack-2-9',
          text: 'Nobody answered.',
          taskId: 'count-1',
          role: 'operator',
          user: null,
        },
      ],
      remove: [],
    },
  ]);
  const notice = page.locator('[data-notice="n-1"]');
  await notice.getByRole('link', { name: 'Look' }).click();
  await page.getByRole('heading', { name: 'Count rack-2-9' }).waitFor();
  expect(await notice.count()).toBe(0);
  await go('orders');
  await notice.getByRole('button', { name: 'Seen' }).click();
  await notice.waitFor({ state: 'detached' });
});

test('a phone shows one notice, the others at a press, and all of them are seen at once', async () => {
  const { page, fake, go } = await kiosks.kiosk({ state: site(), screen: 'phone' });
  await go('orders');
  const put = ['n-1', 'n-2', 'n-3'].map((noticeId, row) => ({
    noticeId,
    at: new Date(Date.now() - row * 60_000).toISOString(),
    reason: 'offered' as const,
    title: `Test of the channels page ${row}`,
    text: 'admin tried out whether this channel reaches you. There is nothing to do.',
    taskId: null,
    role: null,
    user: null,
  }));
  fake.change([{ collection: 'notices', put, remove: [] }]);
  const shown = page.locator('[data-notice]').filter({ visible: true });
  await shown.first().waitFor();
  expect(await shown.count()).toBe(1);
  const box = await page.getByLabel('Notices').boundingBox();
  expect(box?.height).toBeLessThan(300);
  await page.getByRole('button', { name: 'and 2 more' }).click();
  await shown.nth(2).waitFor();
  await page.getByRole('button', { name: 'All seen' }).click();
  await shown.first().waitFor({ state: 'detached' });
  expect(await shown.count()).toBe(0);
});

test('what somebody else has is theirs to answer, and the page says so', async () => {
  const state = site();
  const tasks = state.tasks.map((task) => ({ ...task, claimedBy: 'marta', assignee: null }));
  const { page, go } = await kiosks.kiosk({ state: { ...state, tasks } });
  await go('tasks/task-1');
  await page.getByText('marta answers it.').waitFor();
  expect(await page.locator('#page').getByRole('button').count()).toBe(0);
});

test('a viewer reads everything and can press nothing', async () => {
  const { page, go } = await kiosks.kiosk({ state: site(), session: { role: 'viewer' } });
  await go(letterPath);
  await page.getByText('another person has to decide').waitFor();
  expect(await page.locator('#page').getByRole('button').count()).toBe(0);
});

test.each([
  'phone',
  'tablet',
] as const satisfies Screen[])('on a %s the pages fit and are accessible', async (screen) => {
  const { page, go, complaints } = await kiosks.kiosk({
    screen,
    state: site(),
    theme: screen === 'phone' ? 'dark' : 'light',
  });
  await page.evaluate(axeSource);
  for (const path of ['tasks', 'tasks/count-1', 'tasks/model-1', letterPath]) {
    await go(path);
    await page.locator(path === 'tasks' ? '.tasks' : '.task-history').waitFor();
    expect(await violations(page), path).toEqual([]);
    expect(await overflowPx(page), path).toBeLessThanOrEqual(0);
    expect(await tooSmall(page), path).toEqual([]);
  }
  await page.getByRole('button', { name: 'I am on it' }).first().waitFor();
  expect(complaints).toEqual([]);
});
