import { Command } from 'commander';
import type { BrowseEntry } from '#contracts/devices.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

export function devicesCommand(): Command {
  const devices = new Command('devices')
    .description('look into connected devices')
    .addHelpText('after', '\nExample:\n  npx holdfast devices browse line-plc');
  devices
    .command('browse <device> [address]')
    .description('list what a device offers, from its root or from an address')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast devices browse line-plc "ns=1;s=Line"')
    .action(
      async (device: string, address: string | undefined, options: { data: string; json?: boolean }) => {
        const api = openLocalApi(options.data);
        try {
          const query = address === undefined ? '' : `?address=${encodeURIComponent(address)}`;
          const { entries } = await api.call<{ entries: BrowseEntry[] }>(
            'GET',
            `/devices/${encodeURIComponent(device)}/browse${query}`,
          );
          print(options.json, entries, () =>
            table([
              ['address', 'name', 'type', 'access'],
              ...entries.map((e) => [e.address, e.name, e.type, e.access]),
            ]),
          );
        } finally {
          await api.close();
        }
      },
    );
  return devices;
}
