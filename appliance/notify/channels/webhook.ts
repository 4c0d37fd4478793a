import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';
import type { Clock } from '#contracts/clock.ts';
import type { WebhookChannel } from '#contracts/notify.ts';
import type { Channel } from './channel.ts';

export interface WebhookSecrets {
  readonly secret: string | undefined;
  /** PEM of who signs the server; undefined: the authorities of the system. */
  readonly ca: string | undefined;
}

/**
 * POSTs notices as JSON. With a secret, `holdfast-signature` is `v1=` and the HMAC-SHA-256, in hex, of the timestamp
 * header, a full stop and the body: the receiver refuses what is old or does not match.
 */
export function webhookChannel(
  config: WebhookChannel,
  clock: Clock,
  { secret, ca }: WebhookSecrets,
): Channel {
  const { url, timeoutMs } = config;
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    async deliver(notice) {
      const body = JSON.stringify(notice);
      const timestamp = String(Math.floor(clock.nowMs() / 1_000));
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'holdfast-delivery': notice.noticeId,
          'holdfast-timestamp': timestamp,
          ...(secret === undefined ? {} : { 'holdfast-signature': signature(secret, timestamp, body) }),
        },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Whatever it says beyond its status is not for us, however much it is.
      answer.body.on('error', () => {}).destroy();
      const { statusCode } = answer;
      if (statusCode < 200 || statusCode > 299) throw new Error(`it answered with status ${statusCode}`);
      return `it answered with status ${statusCode}`;
    },
    close: () => void agent.destroy(),
  };
}

const signature = (secret: string, timestamp: string, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
