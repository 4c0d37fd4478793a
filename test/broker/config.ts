import type { SiteFile } from '#contracts/site-file.ts';

type MqttConfig = SiteFile['mqtt'];
type ClientConfig = MqttConfig['clients'][number];

export const SITE = 'test-site';
export const passwordOf = (user: string): string => `secret of ${user}`;

/** A user who may do everything that does not belong to the site itself. */
export const client = (id: string, more: Partial<ClientConfig> = {}): ClientConfig => ({
  id,
  publish: ['#'],
  subscribe: ['#'],
  queueBytesMax: 16_777_216,
  queuePolicy: 'drop-oldest',
  ...more,
});

export const mqttConfig = (more: Partial<MqttConfig> = {}): MqttConfig => ({
  host: '127.0.0.1',
  port: 0,
  packetBytesMax: 1_048_576,
  clients: [client('alice'), client('bob')],
  ...more,
});
