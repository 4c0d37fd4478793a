import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import type { SmtpChannel } from '#contracts/notify.ts';
import { until } from '../support/until.ts';
import { notice, startDesk } from './kit.ts';

interface Mail {
  readonly to: string[];
  readonly text: string;
  readonly user: unknown;
}

/** A real SMTP server. Its certificate is its own, as on many a site. */
async function startServer(options: { auth?: boolean; refuseFirst?: number } = {}) {
  const mails: Mail[] = [];
  let refused = 0;
  const server = new SMTPServer({
    authOptional: options.auth !== true,
    allowInsecureAuth: true,
    disabledCommands: options.auth === true ? [] : ['STARTTLS'],
    onAuth: ({ username, password }, _session, done) =>
      password === 'right' ? done(null, { user: username }) : done(new Error('wrong')),
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        if (refused < (options.refuseFirst ?? 0)) {
          refused += 1;
          const error = Object.assign(new Error('mailbox is busy'), { responseCode: 451 });
          return done(error);
        }
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text, user: session.user });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { mails, port: (server.server.address() as AddressInfo).port, refusals: () => refused };
}

const mail = (port: number, more: Partial<SmtpChannel> = {}): SmtpChannel => ({
  name: 'mail',
  kind: 'smtp',
  host: '127.0.0.1',
  port,
  security: 'none',
  from: 'site@warehouse.example',
  to: ['shift@warehouse.example'],
  timeoutMs: 5_000,
  ...more,
});

test('a notice is mailed to the list, one for a single person to that person', async () => {
  const { mails, port } = await startServer();
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
  const { mails, port, refusals } = await startServer({ refuseFirst: 1 });
  const desk = await startDesk({ channels: [mail(port)] });
  await desk.notifier.send(['mail'], notice('n-1'));
  await until('it is mailed', () => mails.length === 1);
  expect(refusals()).toBe(1);
  await until('it is settled', () => desk.notifier.channels()[0]?.waitingCount === 0);
  expect(await desk.rows()).toMatchObject([{ phase: 'done', attempts: 2 }]);
});

test('it signs in with the secret of the site file', async () => {
  const { mails, port } = await startServer({ auth: true });
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
  const { mails, port } = await startServer({ auth: true });
  const desk = await startDesk({ channels: [mail(port, { security: 'starttls' })] });
  await desk.notifier.send(['mail'], notice('n-1'));
  await until('it was tried', () => desk.notifier.channels()[0]?.waitingCount === 1);
  let attempts = 0;
  while (attempts === 0) attempts = (await desk.rows())[0]?.attempts ?? 0;
  expect((await desk.kept.store.query('notify.all'))[0]?.reason).toMatch(/certificate/);
  expect(mails).toEqual([]);
});
