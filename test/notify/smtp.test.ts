import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { notice, startDesk } from './kit.ts';
import { mail, startMailServer } from './mail-server.ts';

test('a notice is mailed to the list, one for a single person to that person', async () => {
  const { mails, port } = await startMailServer();
  const desk = await startDesk({
    channels: [mail(port)],
    people: [{ user: 'ann', roles: [], skills: [], zones: [], shifts: [], email: 'ann@warehouse.example' }],
  });
  await desk.notifier.send(['mail'], notice('task/1:2'));
  await desk.notifier.send(['mail'], notice('n-2', { user: 'ann' }));
  await until('both are mailed', () => mails.length === 2);
  const [first, second] = mails;
  expect(first?.to).toEqual(['shift@warehouse.example']);
  expect(first?.text).toContain('Subject: [test] Wrong article');
  expect(first?.text).toContain('Message-ID: <task.1.2@test.holdfast>');
  expect(first?.text).toContain('What now?');
  expect(second?.to).toEqual(['ann@warehouse.example']);
});

test('a server that is busy is asked again', async () => {
  const { mails, port, refusals } = await startMailServer({ refuseFirst: 1 });
  const desk = await startDesk({ channels: [mail(port)] });
  await desk.notifier.send(['mail'], notice('n-1'));
  await until('it is mailed', () => mails.length === 1);
  expect(refusals()).toBe(1);
  await until('it is settled', () => desk.notifier.channels()[0]?.waitingCount === 0);
  expect(await desk.rows()).toMatchObject([{ phase: 'done', attempts: 2 }]);
});

test('it signs in with the secret of the site file', async () => {
  const { mails, port } = await startMailServer({ auth: true });
  const desk = await startDesk({
    channels: [mail(port, { user: 'site', password: 'env:MAIL' })],
    secrets: { 'env:MAIL': 'right' },
  });
  await desk.notifier.send(['mail'], notice('n-1'));
  await until('it is mailed', () => mails.length === 1);
  expect(mails[0]?.user).toBe('site');
});

test('a server that cannot be trusted gets nothing', async () => {
  // It offers STARTTLS with a certificate that nobody signed.
  const { mails, port } = await startMailServer({ auth: true });
  const desk = await startDesk({ channels: [mail(port, { security: 'starttls' })] });
  await desk.notifier.send(['mail'], notice('n-1'));
  await until('it was tried', () => desk.notifier.channels()[0]?.waitingCount === 1);
  let attempts = 0;
  while (attempts === 0) attempts = (await desk.rows())[0]?.attempts ?? 0;
  expect((await desk.kept.store.query('notify.all'))[0]?.reason).toMatch(/certificate/);
  expect(mails).toEqual([]);
});
