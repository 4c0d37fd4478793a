import type { DeviceSummary } from '#contracts/api.ts';
import { devices } from '../data/site.ts';
import { Age } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { linkWords, plural } from '../parts/words.ts';
import { href } from '../router.ts';
import { InterlockList } from './interlock-list.tsx';

const rank: Readonly<Record<DeviceSummary['link'], number>> = { down: 0, connecting: 1, up: 2 };

/** The broken first, then by name. */
const sortDevices = (rows: readonly DeviceSummary[]): DeviceSummary[] =>
  rows.toSorted(
    (a, b) => rank[a.link] - rank[b.link] || a.name.localeCompare(b.name, 'en', { numeric: true }),
  );

export function DevicesPage() {
  const rows = sortDevices(devices.value);
  const down = rows.filter((device) => device.link !== 'up').length;
  const note =
    rows.length === 0
      ? undefined
      : down === 0
        ? `All ${plural(rows.length, 'device')} connected`
        : `${down} of ${rows.length} without a link`;
  return (
    <>
      <PageHead title="Devices" note={note} />
      {rows.length === 0 ? (
        <Blank icon="devices" title="No devices">
          Add PLCs, conveyors and robots under “devices” in the site file.
        </Blank>
      ) : (
        <ul class="devices">
          {rows.map((device) => (
            <li key={device.id}>
              <DeviceCard device={device} />
            </li>
          ))}
        </ul>
      )}
      <InterlockList />
    </>
  );
}

function DeviceCard({ device }: { device: DeviceSummary }) {
  const words = linkWords[device.link];
  const bad = device.tags.filter((tag) => tag.quality.level !== 'good').length;
  return (
    <a class={`device device-${device.link}`} href={href('devices', device.id)} data-device={device.id}>
      <span class="device-head">
        <span class="device-name">{device.name}</span>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
      </span>
      {device.linkReason === null ? null : <span class="device-reason">{device.linkReason}</span>}
      <span class="device-facts soft">
        <span>{driverWords[device.driver] ?? device.driver}</span>
        <span>
          for <Age at={device.linkSince} ago={false} />
        </span>
        {device.tags.length === 0 ? null : <span>{plural(device.tags.length, 'tag')}</span>}
      </span>
      {bad === 0 ? null : (
        <span class="device-bad">
          <Icon name="exclaim" size={18} /> {plural(bad, 'tag')} not good
        </span>
      )}
      <Icon name="forward" />
    </a>
  );
}

export const driverWords: Readonly<Record<string, string>> = {
  opcua: 'OPC UA',
  modbus: 'Modbus TCP',
  rosbridge: 'ROS bridge',
};
