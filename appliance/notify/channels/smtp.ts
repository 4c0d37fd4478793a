import { createTransport } from 'nodemailer';
import type { Notice, SmtpChannel } from '#contracts/notify.ts';
import type { Channel } from './channel.ts';

export interface SmtpSecrets {
  readonly password: string | undefined;
  /** PEM of who signs the server; undefined: the authorities of the system. */
  readonly ca: string | undefined;
}

/** Sends notices as plain text; the same notice has the same Message-ID, so that mailboxes drop a repeat. */
export function smtpChannel(
  config: SmtpChannel,
  site: string,
  { password, ca }: SmtpSecrets,
  emailOf: (user: string) => string | undefined,
): Channel {
  const { host, port, security, user, timeoutMs } = config;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A notice carries text only; nothing in it may make us read a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
  });
  return {
    async deliver(notice) {
      const to = receivers(notice, config, emailOf);
      // Nobody to tell is not a fault of the server.
      if (to.length === 0) return null;
      const { response } = await transport.sendMail({
        from: config.from,
        to,
        subject: `[${site}] ${notice.title}`,
        text: textOf(notice),
        date: notice.at,
        messageId: `<${notice.noticeId.replaceAll(/[^A-Za-z0-9.-]/g, '.')}@${site}.holdfast>`,
        headers: { 'X-Holdfast-Notice': notice.noticeId, 'Auto-Submitted': 'auto-generated' },
      });
      return `${host} took it for ${to.join(', ')}: ${response}`;
    },
    close: () => transport.close(),
  };
}

function receivers(
  notice: Notice,
  config: SmtpChannel,
  emailOf: (user: string) => string | undefined,
): string[] {
  const own = notice.user === null ? undefined : emailOf(notice.user);
  return own === undefined ? [...config.to] : [own];
}

const textOf = ({ text, reason, role, user, taskId }: Notice): string =>
  [
    text,
    '',
    `Why: ${reason}`,
    ...(user === null ? [] : [`For: ${user}`]),
    ...(role === null ? [] : [`Role: ${role}`]),
    ...(taskId === null ? [] : [`Task: ${taskId}`]),
  ].join('\n');
