import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { SmtpChannel } from '#contracts/notify.ts';

export interface Mail {
  readonly to: string[];
  readonly text: string;
  readonly user: unknown;
  /** It came through TLS. */
  readonly secure: boolean;
}

interface MailServerOptions {
  readonly auth?: boolean;
  readonly refuseFirst?: number;
  /** Without one its certificate is its own, as on many a site. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
  /** `implicit`: TLS from the first byte. `starttls` is also offered with `auth`. */
  readonly security?: 'implicit' | 'starttls' | 'none';
}

/** A real SMTP server. */
export async function startMailServer(options: MailServerOptions = {}) {
  const { security = options.auth === true ? 'starttls' : 'none' } = options;
  const mails: Mail[] = [];
  let refused = 0;
  const server = new SMTPServer({
    authOptional: options.auth !== true,
    allowInsecureAuth: true,
    secure: security === 'implicit',
    disabledCommands: security === 'starttls' ? [] : ['STARTTLS'],
    ...options.tls,
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
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text,
          user: session.user,
          secure: session.secure,
        });
        done();
      });
    },
  });
  // A client that does not trust it hangs up.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { mails, port: (server.server.address() as AddressInfo).port, refusals: () => refused };
}

export const mail = (port: number, more: Partial<SmtpChannel> = {}): SmtpChannel => ({
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
