import { useState } from 'preact/hooks';
import type { ChannelStatus, ChannelTest } from '#contracts/notify.ts';
import { post } from '../data/http.ts';
import { useResource } from '../data/use-resource.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { Loading } from '../parts/blank.tsx';
import { FailureNote } from '../parts/failure-note.tsx';
import { Mark } from '../parts/mark.tsx';
import { plural } from '../parts/words.ts';

const kindWords: Readonly<Record<ChannelStatus['kind'], string>> = {
  ui: 'on these pages',
  webhook: 'to another system (webhook)',
  smtp: 'by e-mail',
  'stack-light': 'by a stack light',
};

/** The ways to reach people, and whether they work. */
export function Channels({ version }: { version: unknown }) {
  const { resource, reload } = useResource<{ channels: ChannelStatus[] }>('/channels', version);
  return (
    <section class="card">
      <h2>How people are called</h2>
      {resource.state === 'loading' ? <Loading rows={2} what="the channels" /> : null}
      {resource.state === 'failed' ? <FailureNote failure={resource.failure} retry={reload} /> : null}
      {resource.state === 'ready' && resource.value.channels.length === 0 ? (
        <p class="soft">The site file names no channels: nobody is called, tasks only show in the list.</p>
      ) : null}
      <ul class="channels">
        {(resource.state === 'ready' ? resource.value.channels : []).map((channel) => (
          <li key={channel.name} data-channel={channel.name}>
            <p>
              <b>{channel.name}</b> <span class="soft">{kindWords[channel.kind]}</span>
            </p>
            <p>
              {channel.state === 'ok' ? (
                <Mark level="normal" icon="check">
                  Works
                </Mark>
              ) : (
                <Mark level="warning" icon="exclaim">
                  Does not get through
                </Mark>
              )}{' '}
              {channel.waitingCount === 0 ? null : (
                <span>{plural(channel.waitingCount, 'notice')} waiting</span>
              )}
            </p>
            {channel.reason === null ? null : <p class="soft">{channel.reason}</p>}
            <TryOut name={channel.name} done={reload} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Sends a message that says that it is a test; what became of it stands below, an error with its words. */
function TryOut({ name, done }: { name: string; done: () => unknown }) {
  const [said, setSaid] = useState('');
  return (
    <>
      <ActionButton
        icon="alarms"
        label={`Send a test by ${name}`}
        act={async () => {
          setSaid('');
          const tried = await post<ChannelTest>(`/channels/${encodeURIComponent(name)}/test`);
          setSaid(tried.said);
          await done();
        }}
      >
        Send a test
      </ActionButton>
      <p class="soft" role="status">
        {said === '' ? '' : `It went through: ${said}.`}
      </p>
    </>
  );
}
