import type { Clock } from '#contracts/clock.ts';
import type { CommandChange } from '#contracts/commands.ts';
import type { Link, RobotState } from '#contracts/devices.ts';
import { commandEvent } from '#contracts/events/command.ts';
import type { EventContext } from '#contracts/events/envelope.ts';
import { type SafetyRecord, safetyEvent } from '#contracts/events/safety.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagSample } from '#contracts/tags.ts';
import type { DeviceRegistry } from './device-registry.ts';
import { linkEvent, robotEvent, tagEvent } from './floor-events.ts';
import type { Recorder } from './recorder.ts';
import type { TagTable } from './tag-table.ts';
import type { FloorWatch } from './watch-floor.ts';

export interface FloorWiring {
  readonly siteFile: SiteFile;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly tags: TagTable;
  readonly registry: DeviceRegistry;
  readonly watch: FloorWatch;
  readonly onCommandState: (state: string) => void;
  readonly onInterlockTrip: (interlock: string) => void;
}

/** What the floor's threads report, turned into state and events. */
export interface FloorEars {
  onTags(samples: readonly TagSample[]): void;
  onLink(device: string, link: Link): void;
  onRobot(state: RobotState): void;
  onSafety(record: SafetyRecord): void;
  onCommand(change: CommandChange): void;
}

export function wireFloor(wiring: FloorWiring): FloorEars {
  const { siteFile, clock, recorder, tags, registry, watch } = wiring;
  const site = siteFile.site.id;
  const names = new Map(siteFile.devices.map((device) => [device.id, device.name ?? device.id]));
  const texts = new Map(siteFile.safety.interlocks.map((interlock) => [interlock.id, interlock.text]));
  const eventTags = new Set(
    siteFile.devices.flatMap((device) =>
      device.tags.filter((tag) => tag.event === true).map((tag) => `${device.id}/${tag.name}`),
    ),
  );
  const context = (component: string, correlationId: string): EventContext => ({
    site,
    component,
    nowMs: clock.nowMs(),
    correlationId,
  });

  tags.onChange((samples) => {
    for (const sample of samples) {
      if (eventTags.has(sample.path)) recorder.record(tagEvent(sample, context('tags', sample.path)));
    }
  });
  registry.onLink((device, link, before) => {
    watch.link(device, names.get(device) ?? device, link);
    const event = linkEvent(device, link, before, context(`driver/${device}`, device));
    if (event !== undefined) recorder.record(event);
  });
  registry.onRobot((state, before) => {
    const event = robotEvent(
      state,
      before,
      context(`driver/${state.robotId}`, state.commandId ?? state.robotId),
    );
    if (event !== undefined) recorder.record(event);
  });

  return {
    onTags: (samples) => tags.apply(samples),
    onLink: (device, link) => registry.setLink(device, link),
    onRobot: (state) => registry.setRobot(state),
    onSafety(record) {
      recorder.record(safetyEvent(record, { ...context('safety', record.subject), nowMs: record.atMs }));
      if (record.kind === 'interlock-tripped') {
        wiring.onInterlockTrip(record.data.interlock);
        watch.interlock(record.data.interlock, texts.get(record.data.interlock) ?? record.data.reason, true);
      }
      if (record.kind === 'interlock-cleared') watch.interlock(record.data.interlock, '', false);
    },
    onCommand(change) {
      wiring.onCommandState(change.state);
      recorder.record(commandEvent(change, site));
    },
  };
}
