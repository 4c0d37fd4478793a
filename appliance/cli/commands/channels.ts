import { Command } from 'commander';
import type { ChannelStatus, ChannelTest } from '#contracts/notify.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

interface Options {
  readonly data: string;
  readonly json?: boolean;
}

export function channelsCommand(): Command {
  const channels = new Command('channels')
    .description('ways in which people are called')
    .addHelpText('after', '\nExample:\n  npx holdfast channels list');
  channels
    .command('list')
    .description('whether notices get out')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast channels list --json')
    .action(listChannels);
  channels
    .command('test <name>')
    .description('send a test message, and say what became of it')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast channels test mail')
    .action(testChannel);
  return channels;
}

async function listChannels(options: Options): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const { channels } = await api.call<{ channels: ChannelStatus[] }>('GET', '/channels');
    print(options.json, channels, () =>
      table([
        ['name', 'kind', 'state', 'waiting', 'reason'],
        ...channels.map(({ name, kind, state, waitingCount, reason }) => [
          name,
          kind,
          state,
          String(waitingCount),
          reason ?? '',
        ]),
      ]),
    );
  } finally {
    await api.close();
  }
}

async function testChannel(name: string, options: Options): Promise<void> {
  const api = openLocalApi(options.data);
  try {
    const tried = await api.call<ChannelTest>('POST', `/channels/${encodeURIComponent(name)}/test`);
    print(options.json, tried, () => `${tried.name}: ${tried.said}`);
  } finally {
    await api.close();
  }
}
