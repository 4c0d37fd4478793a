import type { ComponentChildren } from 'preact';
import { alarms, summary, uplinks } from '../data/site.ts';
import { formatCount, formatShortCount } from '../format.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { href, type PageName } from '../router.ts';

/** The site in five numbers, to be read from two metres. A number that is as it should be has no colour. */
export function SummaryStrip() {
  const now = summary.value;
  if (now === null) return null;
  const critical = alarms.value.some((alarm) => alarm.severity === 'critical');
  return (
    <section class="strip" aria-label="The site in numbers">
      <Tile page="orders" label="Running" icon="play" value={formatCount(now.ordersRunning)} />
      <Tile page="orders" label="Done today" icon="check" value={formatCount(now.ordersCompletedToday)}>
        {now.ordersFailedToday > 0 ? `${formatCount(now.ordersFailedToday)} not done` : null}
      </Tile>
      <Tile
        page="tasks"
        label={now.tasksOpen === 1 ? 'Needs a person' : 'Need a person'}
        icon="tasks"
        value={formatCount(now.tasksOpen)}
        level={now.tasksOpen > 0 ? 'warning' : undefined}
      />
      <Tile
        page="alarms"
        label={now.alarmsActive === 1 ? 'Alarm' : 'Alarms'}
        icon="alarms"
        value={formatCount(now.alarmsActive)}
        level={now.alarmsActive === 0 ? undefined : critical ? 'critical' : 'warning'}
      />
      <UplinkTile />
    </section>
  );
}

function UplinkTile() {
  const all = uplinks.value;
  const down = all.filter((uplink) => uplink.state === 'down').length;
  const backlog = all.reduce((sum, uplink) => sum + uplink.backlogCount, 0);
  if (all.length === 0) {
    return (
      <Tile page="uplink" label="Uplink" icon="uplink" value="–">
        none set up
      </Tile>
    );
  }
  return (
    <Tile
      page="uplink"
      label={down === 0 ? 'To send, uplink up' : 'Kept, uplink down'}
      icon={down === 0 ? 'uplink' : 'unplug'}
      value={formatShortCount(backlog)}
      level={down === 0 ? undefined : 'warning'}
    />
  );
}

function Tile(props: {
  readonly page: PageName;
  readonly label: string;
  readonly icon: IconName;
  readonly value: string;
  readonly level?: 'warning' | 'critical' | undefined;
  readonly children?: ComponentChildren;
}) {
  return (
    <a class={`tile${props.level === undefined ? '' : ` tile-${props.level}`}`} href={href(props.page)}>
      <span class="tile-value number">{props.value}</span>
      <Icon name={props.icon} />
      <span class="tile-label">
        {props.label}
        {props.children ? <span class="tile-note">, {props.children}</span> : null}
      </span>
    </a>
  );
}
