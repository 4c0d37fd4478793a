import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { problem } from './fake-words.ts';
import { type Kiosks, openKiosks } from './kiosk.ts';

let kiosks: Kiosks;
beforeAll(async () => {
  kiosks = await openKiosks();
});
afterEach(() => kiosks.closeOpen());
afterAll(() => kiosks.close());

describe('a task', () => {
  test('is decided at once on the screen and confirmed by the appliance', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    const card = page.locator('[data-task="task-2"]');
    const release = fake.hold('/tasks');
    await card.getByRole('button', { name: 'It is at packing-1' }).click();
    await card.getByText('It is at packing-1: sending…').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
    release();
    await card.getByText('It is at packing-1: the appliance has it.').waitFor();
    expect(fake.asked.at(-1)).toMatchObject({ path: '/tasks/task-2/decide', body: { decision: 'arrived' } });
  });

  test('that somebody else decided says so, and that nothing was carried out', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    const words = 'marta decided “Send without it” 4 seconds ago';
    fake.refuse('POST', '/tasks/task-2', problem(409, 'TASK_DECIDED', words, 'Nothing more is needed.'));
    const card = page.locator('[data-task="task-2"]');
    await card.getByRole('button', { name: 'It is at packing-1' }).click();
    await card.getByText('was not carried out').waitFor();
    await card.getByText(words).waitFor();
    fake.change([{ collection: 'tasks', put: [], remove: ['task-2'] }]);
    await card.getByText(words).waitFor(); // It stays until it was read.
    await card.getByRole('button', { name: 'Understood' }).click();
    await card.waitFor({ state: 'detached' });
  });

  test('keeps its buttons when no answer came, and repeats itself as the same request', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    const keys: (string | undefined)[] = [];
    await page.route('**/decide', (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      return route.abort();
    });
    const card = page.locator('[data-task="task-2"]');
    await card.getByRole('button', { name: 'It is at packing-1' }).click();
    await card.getByText('The appliance did not answer').waitFor();
    await page.unroute('**/decide');
    await card.getByRole('button', { name: 'It is at packing-1' }).click();
    await card.getByText('the appliance has it').waitFor();
    expect(keys).toEqual([fake.asked.at(-1)?.key]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test('that needs a note takes none without one', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    await page.locator('[data-task="task-1"]').getByRole('button', { name: 'Cancel the order' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Cancel the order' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Shelf is empty.');
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByText('Cancel the order: the appliance has it.').waitFor();
    expect(fake.asked.at(-1)?.body).toEqual({ decision: 'cancel', note: 'Shelf is empty.' });
  });

  test('can be claimed, so that two people do not walk', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('tasks');
    const card = page.locator('[data-task="task-1"]');
    await card.getByRole('button', { name: 'I am on it' }).click();
    await card.getByText('You are on it.').waitFor();
    const task = fake.state.tasks.find(({ taskId }) => taskId === 'task-1');
    if (task === undefined) throw new Error('the made-up site has task-1');
    fake.change([{ collection: 'tasks', put: [{ ...task, claimedBy: 'marta' }], remove: [] }]);
    await card.getByText('marta is on it.').waitFor();
    // What somebody else has is theirs to answer.
    expect(await card.getByRole('button').count()).toBe(0);
  });
});

describe('an order', () => {
  test('made here is sent once, however often it is tried', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('orders');
    await page.getByRole('button', { name: 'New order' }).click();
    await page.getByLabel('Article number (SKU)').fill('22745');
    await page.getByRole('button', { name: 'One more' }).click();
    fake.refuse('POST', '/orders', problem(503, 'STORE_BUSY', 'The store is busy', 'Try again.'));
    await page.getByRole('button', { name: 'Make this order' }).click();
    await page.getByText('The store is busy').waitFor();
    fake.allow();
    await page.getByRole('button', { name: 'Make this order' }).click();
    await page.getByRole('heading', { name: /^Order MAN-/ }).waitFor();
    const sent = fake.asked.filter(({ method, path }) => method === 'POST' && path === '/orders');
    expect(sent).toHaveLength(2);
    expect(sent[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(sent[1]?.key).toBe(sent[0]?.key);
    expect(sent[1]?.body).toMatchObject({
      destination: 'packing-1',
      lines: [{ line: 1, sku: '22745', quantity: 2 }],
    });
  });

  test('that is refused shows which line is wrong; changed, it is a new request', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('orders');
    await page.getByRole('button', { name: 'New order' }).click();
    await page.getByLabel('Article number (SKU)').fill('POST');
    const no = problem(
      400,
      'INT_INVALID',
      'sku: POST is not in the inventory',
      'Use an article of this site.',
      '/lines/0/sku',
    );
    fake.refuse('POST', '/orders', no);
    await page.getByRole('button', { name: 'Make this order' }).click();
    await page.getByText('sku: POST is not in the inventory').waitFor();
    expect(await page.getByLabel('Article number (SKU)').getAttribute('aria-invalid')).toBe('true');
    fake.allow();
    await page.getByLabel('Article number (SKU)').fill('22745');
    await page.getByRole('button', { name: 'Make this order' }).click();
    await page.getByRole('heading', { name: /^Order MAN-/ }).waitFor();
    const keys = fake.asked.filter(({ path }) => path === '/orders').map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
  });

  test('is cancelled only with a reason', async () => {
    const { page, fake, go } = await kiosks.kiosk();
    await go('orders/536371');
    await page.getByRole('button', { name: 'Cancel order' }).click();
    const confirm = page.getByRole('button', { name: 'Cancel this order' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('textbox').fill('Customer called.');
    await confirm.click();
    await page.locator('.order-state', { hasText: 'Cancelled' }).waitFor();
    expect(fake.asked.find(({ path }) => path === '/orders/536371/cancel')?.body).toEqual({
      reason: 'Customer called.',
    });
  });

  test('is found by its id, also when it is not on the board', async () => {
    const { page, go } = await kiosks.kiosk({ screen: 'desktop' });
    await go('orders');
    await page.getByRole('searchbox').fill('amr-2');
    await page.locator('[data-order="536371"]').waitFor({ state: 'detached' });
    await page.locator('[data-order="536373"]').waitFor();
    await page.getByRole('searchbox').fill('999999');
    await page.getByRole('button', { name: 'Look in all' }).click();
    await page.getByText('There is no order 999999 on this site.').waitFor();
  });
});

test('an alarm is acknowledged, and says by whom', async () => {
  const { page, go } = await kiosks.kiosk();
  await go('alarms');
  const alarm = page.locator('[data-alarm="link-conveyor-drive"]');
  await alarm.getByRole('button').click();
  await alarm.getByText('seen by jo').waitFor();
});

test('a refused act says why at the button', async () => {
  const { page, fake, go } = await kiosks.kiosk();
  await go('alarms');
  fake.refuse(
    'POST',
    '/alarms',
    problem(403, 'API_FORBIDDEN', 'Role operator may not acknowledge', 'Ask for the role technician.'),
  );
  await page.locator('[data-alarm="battery-amr-4"]').getByRole('button').click();
  await page.getByText('Ask for the role technician.').waitFor();
});

test('the demo breaks one thing on one robot, says so everywhere, and mends it', async () => {
  const { page, fake, go } = await kiosks.kiosk({ session: { role: 'technician' } });
  await go('demo');
  const card = page.locator('[data-fault="robot-lost"]');
  await card.getByRole('combobox').selectOption('amr-2');
  await card.getByRole('button', { name: 'Lose it' }).click();
  await card.getByText('Broken: amr-2').waitFor();
  await page.getByText('1 thing is broken now: lose a robot').waitFor();
  expect(fake.asked.at(-1)?.body).toEqual({ active: true, target: 'amr-2' });
  await card.getByRole('button', { name: 'Find it' }).click();
  await card.getByText('Broken: amr-2').waitFor({ state: 'detached' });
  expect(fake.asked.at(-1)?.body).toEqual({ active: false, target: 'amr-2' });
});

test('an operator sees what is broken, and is told who may break', async () => {
  const { page, go } = await kiosks.kiosk({ session: { role: 'operator' } });
  await go('demo');
  await page.getByText('breaking and mending is for technicians').waitFor();
  expect(await page.getByRole('button', { name: 'Press it' }).count()).toBe(0);
});

test('a site that is no demo has nothing to break', async () => {
  const { page, go } = await kiosks.kiosk({ session: { demo: false } });
  await go('demo');
  expect(await page.getByRole('link', { name: 'Demo' }).count()).toBe(0);
  expect(await page.getByText('Press the e-stop').count()).toBe(0);
});
