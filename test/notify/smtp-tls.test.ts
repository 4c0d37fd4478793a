import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SmtpChannel } from '#contracts/notify.ts';
import { makeCertificates } from '../sync/certificates.ts';
import { notice, startDesk } from './kit.ts';
import { mail, startMailServer } from './mail-server.ts';

/** The site has a mail server whose certificate an authority of its own has signed. */
const ways: [SmtpChannel['security'], 'implicit' | 'starttls'][] = [
  ['tls', 'implicit'],
  ['starttls', 'starttls'],
];

describe.each(
  ways,
)('a mail server with a certificate of the own authority of the site, by %s', (way, security) => {
  const { tls, caFile } = makeCertificates();
  const ca = readFileSync(caFile, 'utf8');
  const tryOut = async (trusted: string | undefined, more: Partial<SmtpChannel> = {}) => {
    const server = await startMailServer({ security, tls });
    const channel = mail(server.port, { security: way, ...more });
    const desk = await startDesk({
      channels: [trusted === undefined ? channel : { ...channel, caFile: 'ca.pem' }],
      ...(trusted === undefined ? {} : { ca: trusted }),
    });
    return { ...server, desk, answer: desk.notifier.tryOut('mail', 'tom') };
  };

  test('is trusted when the site file names that authority', async () => {
    const { answer, mails, desk } = await tryOut(ca);
    expect(await answer).toMatchObject({ name: 'mail', kind: 'smtp', said: expect.stringContaining('250') });
    expect(mails).toMatchObject([{ to: ['shift@warehouse.example'], secure: true }]);
    await desk.notifier.send(['mail'], notice('n-1'));
    await expect.poll(() => mails.length).toBe(2);
    expect(mails[1]).toMatchObject({ secure: true, text: expect.stringContaining('Wrong article') });
  });

  test.each([
    ['another authority is named', readFileSync(makeCertificates().caFile, 'utf8'), {}, /certificate/],
    ['none is named', undefined, {}, /certificate/],
    ['it is called by a name that is not its own', ca, { host: 'localhost' }, /altnames|does not match/i],
  ])('gets nothing when %s', async (_, trusted, more, reason) => {
    const { answer, mails } = await tryOut(trusted, more);
    await expect(answer).rejects.toMatchObject({
      code: 'NOTIFY_TEST_FAILED',
      message: expect.stringMatching(reason),
    });
    expect(mails).toEqual([]);
  });
});

test('a mail server that offers no TLS gets nothing when the site file demands it', async () => {
  const { mails, port } = await startMailServer();
  const desk = await startDesk({ channels: [mail(port, { security: 'starttls' })] });
  await expect(desk.notifier.tryOut('mail', 'tom')).rejects.toMatchObject({
    code: 'NOTIFY_TEST_FAILED',
    message: expect.stringMatching(/STARTTLS/i),
  });
  expect(mails).toEqual([]);
});
