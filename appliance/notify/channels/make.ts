import type { ChannelConfig } from '#contracts/notify.ts';
import type { NotifierParts } from '../notifier.ts';
import type { Channel } from './channel.ts';
import { smtpChannel } from './smtp.ts';
import { stackLightChannel } from './stack-light.ts';
import { type Shown, uiChannel } from './ui.ts';
import { webhookChannel } from './webhook.ts';

/** Errors: CFG_SECRET. */
export async function makeChannel(
  config: ChannelConfig,
  parts: NotifierParts & { readonly shown: Shown },
): Promise<Channel> {
  const secret = (reference: string | undefined) =>
    reference === undefined ? undefined : parts.secrets(reference);
  switch (config.kind) {
    case 'ui':
      return uiChannel(parts.shown);
    case 'webhook':
      return webhookChannel(config, parts.clock, await secret(config.secret));
    case 'smtp': {
      const ca = config.caFile === undefined ? undefined : await parts.readText(config.caFile);
      const emails = new Map(parts.people.map(({ user, email }) => [user, email]));
      return smtpChannel(config, parts.site, { password: await secret(config.password), ca }, (user) =>
        emails.get(user),
      );
    }
    case 'stack-light':
      return stackLightChannel(config, parts.commands, parts.clock);
  }
}
