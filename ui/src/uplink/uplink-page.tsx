import type { UplinkStatus } from '#contracts/api.ts';
import { nowMs } from '../data/clock.ts';
import { backlogHistory, uplinks } from '../data/site.ts';
import { formatBytes, formatCount, formatDuration, formatSpan } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Blank } from '../parts/blank.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { Bar } from '../parts/meter.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { uplinkWords } from '../parts/words.ts';
import { BacklogChart } from './backlog-chart.tsx';

export function UplinkPage() {
  const rows = uplinks.value;
  return (
    <>
      <PageHead title="Uplink" note="What still has to reach the region. The floor does not wait for it." />
      {rows.length === 0 ? (
        <Blank icon="uplink" title="No uplink">
          This site sends nothing anywhere. Name a receiver under “uplinks” in the site file to change that.
        </Blank>
      ) : (
        rows.map((uplink) => <Uplink key={uplink.id} uplink={uplink} />)
      )}
    </>
  );
}

function Uplink({ uplink }: { uplink: UplinkStatus }) {
  const words = uplinkWords[uplink.state];
  return (
    <section
      class={`card uplink uplink-${uplink.state}`}
      aria-label={`Uplink ${uplink.id}`}
      data-uplink={uplink.id}
    >
      <header class="uplink-head">
        <h2>{uplink.id}</h2>
        <Mark level={words.level} icon={words.icon}>
          {words.word}
        </Mark>
        <p class="soft">
          for <Age at={uplink.since} ago={false} />, {uplink.url}
        </p>
      </header>
      {uplink.reason === null ? null : (
        <p class="uplink-reason">
          <Icon name="exclaim" />
          <span>Records are kept here until it is back. What the last try said: {uplink.reason}.</span>
        </p>
      )}
      <dl class="numbers">
        <Figure
          label="To send"
          value={formatCount(uplink.backlogCount)}
          note={formatBytes(uplink.backlogBytes)}
        />
        <Figure label="Sent a second" value={formatCount(Math.round(uplink.ratePerSecond))} />
        <Figure label="Caught up in" {...drainWords(uplink)} />
        <Figure
          label="Given up"
          value={formatCount(uplink.droppedCount)}
          note={uplink.droppedCount === 0 ? 'nothing lost' : 'telemetry, for lack of room'}
          bad={uplink.droppedCount > 0}
        />
      </dl>
      <BacklogChart samples={backlogHistory.value.get(uplink.id) ?? []} />
      <Lanes uplink={uplink} />
    </section>
  );
}

function drainWords(uplink: UplinkStatus): { value: string; note?: string } {
  if (uplink.backlogCount === 0) return { value: '0 s', note: 'the region has everything' };
  if (uplink.state === 'down') return { value: '–', note: 'starts when the uplink is back' };
  if (uplink.drainSeconds === null) return { value: '–', note: 'not known yet' };
  return { value: formatDuration(Math.max(1_000, uplink.drainSeconds * 1_000)), note: 'at this rate' };
}

function Figure(props: { label: string; value: string; note?: string; bad?: boolean }) {
  return (
    <div class={props.bad === true ? 'figure figure-bad' : 'figure'}>
      <dt>{props.label}</dt>
      <dd>
        <span class="figure-value number">{props.value}</span>
        {props.note === undefined ? null : <span class="soft small">{props.note}</span>}
      </dd>
    </div>
  );
}

const laneWords: Readonly<Record<UplinkStatus['lanes'][number]['lane'], string>> = {
  safety: 'leaves first',
  audit: 'who did what',
  business: 'orders and stock',
  telemetry: 'measurements, the first to be given up',
};

function Lanes({ uplink }: { uplink: UplinkStatus }) {
  const most = Math.max(1, ...uplink.lanes.map((lane) => lane.count));
  return (
    <table class="lanes">
      <caption class="visually-hidden">Backlog of {uplink.id} by lane</caption>
      <thead>
        <tr>
          <th scope="col">Lane</th>
          <th scope="col" class="cell-number">
            To send
          </th>
          <th scope="col" class="lane-bar">
            <span class="visually-hidden">As a bar</span>
          </th>
          <th scope="col" class="cell-number">
            Oldest
          </th>
          <th scope="col" class="cell-number lane-mark">
            Region has up to
          </th>
        </tr>
      </thead>
      <tbody>
        {uplink.lanes.map((lane) => (
          <tr key={lane.lane}>
            <th scope="row">
              {lane.lane}
              <span class="soft small lane-words">{laneWords[lane.lane]}</span>
            </th>
            <td class="cell-number number">{formatCount(lane.count)}</td>
            <td class="lane-bar">
              <Bar part={lane.count / most} />
            </td>
            <td class="cell-number number">
              {lane.oldestAt === null ? '–' : formatSpan(nowMs.value - Date.parse(lane.oldestAt))}
            </td>
            <td class="cell-number number lane-mark">{formatCount(lane.acknowledgedSequence)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
