import type { ChannelConfig } from '#contracts/notify.ts';
import type { NotifierParts } from '../notifier.ts';
import type { Channel } from './channel.ts';
import { stackLightChannel } from './stack-light.ts';
import { type Shown, uiChannel } from './ui.ts';

/** What speaks to a server is loaded with the first channel that does. Errors: CFG_SECRET. */
export async function makeChannel(
  config: ChannelConfig,
  parts: NotifierParts & { readonly shown: Shown },
): Promise<Channel> {
  const secret = (reference: string | undefined) =>
    reference === undefined ? undefined : parts.secrets(reference);
  const text = (file: string | undefined) => (file === undefined ? undefined : parts.readText(file));
  switch (config.kind) {
    case 'ui':
      return uiChannel(parts.shown);
    case 'webhook':
      return (await import('./webhook.ts')).webhookChannel(config, parts.clock, {
        secret: await secret(config.secret),
        ca: await text(config.caFile),
      });
    case 'smtp': {
      const emails = new Map(parts.people.map(({ user, email }) => [user, email]));
      const secrets = { password: await secret(config.password), ca: await text(config.caFile) };
      const { smtpChannel } = await import('./smtp.ts');
      return smtpChannel(config, parts.site, secrets, (user) => emails.get(user));
    }
    case 'stack-light':
      return stackLightChannel(config, parts.commands, parts.clock);
  }
}
