import { Command } from 'commander';
import type { Alarm, DeviceSummary, Interlock, SiteSummary, UplinkStatus } from '#contracts/api.ts';
import { openLocalApi } from '../local-api.ts';
import { dataOption, jsonOption, print, table } from '../options.ts';

export const statusCommand = () =>
  new Command('status')
    .description('how the site on this box is doing')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  npx holdfast status\n\nExit codes: 0 running, 3 not running.')
    .action(async (options: { data: string; json?: boolean }) => {
      const api = openLocalApi(options.data);
      try {
        const [summary, { devices }, { uplinks }, { alarms }, { interlocks }] = await Promise.all([
          api.call<SiteSummary>('GET', '/summary'),
          api.call<{ devices: DeviceSummary[] }>('GET', '/devices'),
          api.call<{ uplinks: UplinkStatus[] }>('GET', '/uplinks'),
          api.call<{ alarms: Alarm[] }>('GET', '/alarms'),
          api.call<{ interlocks: Interlock[] }>('GET', '/interlocks'),
        ]);
        print(options.json, { url: api.url, summary, devices, uplinks, alarms, interlocks }, () =>
          [
            `Site at ${api.url}`,
            ...interlocks.filter(({ met, needsReset }) => !met || needsReset).map(heldText),
            `Orders: ${summary.ordersRunning} running, ${summary.ordersCompletedToday} done today, ${summary.ordersFailedToday} failed or cancelled today`,
            `Tasks for people: ${summary.tasksOpen}   Alarms: ${summary.alarmsActive}`,
            '',
            table([['device', 'link', 'why'], ...devices.map((d) => [d.id, d.link, d.linkReason ?? ''])]),
            '',
            table([
              ['uplink', 'state', 'backlog', 'why'],
              ...uplinks.map((u) => [u.id, u.state, String(u.backlogCount), u.reason ?? '']),
            ]),
            ...alarms.map((a) => `${a.severity.toUpperCase()} ${a.text} — ${a.hint}`),
          ].join('\n'),
        );
      } finally {
        await api.close();
      }
    });

/** What an interlock holds, why, and what to do about it. */
function heldText({ id, text, met, needsReset, reason, protects }: Interlock): string {
  const why = reason ?? text;
  if (!needsReset) return `STOPPED by ${id}: ${protects.join(', ')}. ${why}\n  Clear the cause first.`;
  const what = met ? why : `${protects.join(', ')}. ${why}`;
  return `HELD by ${id}: ${what}\n  Look that it is safe, then reset ${id} on the page of the site.`;
}
