import type { ComponentChildren } from 'preact';
import type { DeviceSummary } from '#contracts/api.ts';
import { devices } from '../data/site.ts';
import { Age, Moment } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Mark } from '../parts/mark.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { linkWords, plural } from '../parts/words.ts';
import { driverWords } from './devices-page.tsx';
import { TagTable } from './tag-table.tsx';

export function DevicePage({ deviceId }: { deviceId: string }) {
  const device = devices.value.find((row) => row.id === deviceId);
  if (device === undefined) {
    return (
      <Frame title={deviceId}>
        <Blank icon="question" title={`There is no device ${deviceId}`}>
          It may have been taken out of the site file.
        </Blank>
      </Frame>
    );
  }
  return (
    <Frame title={device.name}>
      <Link device={device} />
      <section class="card">
        <h2>{plural(device.tags.length, 'tag')}</h2>
        <TagTable deviceId={device.id} tags={device.tags} />
      </section>
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <>
      <PageHead title={title} back={{ page: 'devices', words: 'Back to all devices' }} />
      {children}
    </>
  );
}

function Link({ device }: { device: DeviceSummary }) {
  const words = linkWords[device.link];
  return (
    <section class={`card device-link device-${device.link}`}>
      <p class="order-state">
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
      </p>
      {device.linkReason === null ? null : <p class="order-now">{device.linkReason}</p>}
      <dl class="facts facts-wide">
        <dt>{device.link === 'up' ? 'Connected since' : 'Like this since'}</dt>
        <dd>
          <Moment at={device.linkSince} /> (<Age at={device.linkSince} />)
        </dd>
        <dt>Last heard</dt>
        <dd>{device.heardAt === null ? 'never' : <Age at={device.heardAt} />}</dd>
        <dt>Driver</dt>
        <dd>{driverWords[device.driver] ?? device.driver}</dd>
        <dt>Runs in</dt>
        <dd>the {device.thread} thread</dd>
        <dt>Can act as</dt>
        <dd>
          {device.capabilities.length === 0
            ? 'nothing: it is only read'
            : device.capabilities.map((capability) => `${capability.id} (${capability.kind})`).join(', ')}
        </dd>
      </dl>
    </section>
  );
}
