import type { Link, RobotState } from '#contracts/devices.ts';
import { deviceLinkChanged, robotStateChanged, tagChanged } from '#contracts/events/device.ts';
import { type AnyEvent, createEvent, type EventContext } from '#contracts/events/envelope.ts';
import type { TagSample } from '#contracts/tags.ts';

// A tenth of the battery is what a person and a report care about; every permille would be a flood.
const BATTERY_BAND = 0.1;

/** A link event when the state of the link changed; its time of last word alone is none. */
export function linkEvent(
  device: string,
  link: Link,
  before: Link,
  context: EventContext,
): AnyEvent | undefined {
  if (link.state === before.state) return undefined;
  return createEvent(
    deviceLinkChanged,
    device,
    { device, state: link.state, ...(link.state === 'down' ? { reason: link.reason } : {}) },
    context,
  );
}

/** A robot event when it began or ended moving, changed activity, command, place, or battery band. */
export function robotEvent(
  state: RobotState,
  before: RobotState | undefined,
  context: EventContext,
): AnyEvent | undefined {
  if (before !== undefined && !robotChanged(state, before)) return undefined;
  return createEvent(
    robotStateChanged,
    state.robotId,
    {
      robotId: state.robotId,
      activity: state.activity,
      moving: state.moving,
      battery: Math.min(1, Math.max(0, state.battery)),
      x: state.pose.x,
      y: state.pose.y,
      place: state.place,
      commandId: state.commandId,
    },
    context,
  );
}

export function robotChanged(state: RobotState, before: RobotState): boolean {
  return (
    state.moving !== before.moving ||
    state.activity !== before.activity ||
    state.commandId !== before.commandId ||
    state.place !== before.place ||
    Math.floor(state.battery / BATTERY_BAND) !== Math.floor(before.battery / BATTERY_BAND)
  );
}

export function tagEvent(sample: TagSample, context: EventContext): AnyEvent {
  return createEvent(
    tagChanged,
    sample.path,
    {
      path: sample.path,
      value: sample.value,
      quality: sample.quality.level,
      ...(sample.quality.level === 'good' ? {} : { reason: sample.quality.reason }),
      ...(sample.unit === undefined ? {} : { unit: sample.unit }),
    },
    { ...context, nowMs: sample.sourceTimeMs },
  );
}
