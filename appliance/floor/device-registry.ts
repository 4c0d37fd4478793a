import type { DeviceSummary, Robot } from '#contracts/api.ts';
import type { Link, RobotState } from '#contracts/devices.ts';
import type { DeviceConfig } from '#contracts/site-devices.ts';
import type { TagTable } from './tag-table.ts';

/** Links and robots as last heard. */
export interface DeviceRegistry {
  setLink(device: string, link: Link): void;
  setRobot(state: RobotState): void;
  link(device: string): Link;
  robotStates(): readonly RobotState[];
  devices(): readonly DeviceSummary[];
  robots(orderOf: (robotId: string) => string | null): readonly Robot[];
  onLink(listener: (device: string, link: Link, before: Link) => void): void;
  onRobot(listener: (state: RobotState, before: RobotState | undefined) => void): () => void;
}

export interface RegistryOptions {
  readonly devices: readonly DeviceConfig[];
  readonly threadOf: (device: string) => 'safety' | 'field';
  readonly tags: TagTable;
  readonly nowMs: number;
}

export function createDeviceRegistry({ devices, threadOf, tags, nowMs }: RegistryOptions): DeviceRegistry {
  const links = new Map<string, Link>(
    devices.map((device) => [device.id, { state: 'connecting', sinceMs: nowMs }]),
  );
  const heardMs = new Map<string, number>();
  const robots = new Map<string, RobotState>();
  const linkListeners: ((device: string, link: Link, before: Link) => void)[] = [];
  const robotListeners: ((state: RobotState, before: RobotState | undefined) => void)[] = [];
  const connecting: Link = { state: 'connecting', sinceMs: nowMs };

  const linkOf = (device: string): Link => links.get(device) ?? connecting;

  function setRobot(state: RobotState): void {
    const before = robots.get(state.robotId);
    robots.set(state.robotId, state);
    for (const listener of robotListeners) listener(state, before);
  }

  /** What a robot said last is no news once its link is gone. */
  function loseRobots(device: string, atMs: number): void {
    for (const { id } of devices.find((each) => each.id === device)?.capabilities ?? []) {
      const state = robots.get(id);
      if (state !== undefined && state.activity !== 'lost')
        setRobot({ ...state, activity: 'lost', moving: false, atMs });
    }
  }

  return {
    setLink(device, link) {
      const before = linkOf(device);
      links.set(device, link);
      if (link.state === 'up') heardMs.set(device, link.heardAtMs);
      for (const listener of linkListeners) listener(device, link, before);
      if (link.state !== 'up') loseRobots(device, link.sinceMs);
    },
    setRobot,
    link: linkOf,
    robotStates: () => [...robots.values()],
    devices: () =>
      devices.map((device) => ({
        ...summaryOf(device, linkOf(device.id), threadOf(device.id), tags),
        heardAt: isoOf(heardMs.get(device.id)),
      })),
    robots: (orderOf) => [...robots.values()].map((state) => robotOf(state, orderOf(state.robotId))),
    onLink: (listener) => void linkListeners.push(listener),
    onRobot(listener) {
      robotListeners.push(listener);
      return () => {
        const at = robotListeners.indexOf(listener);
        if (at >= 0) robotListeners.splice(at, 1);
      };
    },
  };
}

const isoOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

function summaryOf(
  device: DeviceConfig,
  link: Link,
  thread: 'safety' | 'field',
  tags: TagTable,
): Omit<DeviceSummary, 'heardAt'> {
  return {
    id: device.id,
    name: device.name ?? device.id,
    driver: device.driver,
    thread,
    link: link.state,
    linkReason: link.state === 'down' ? link.reason : null,
    linkSince: new Date(link.sinceMs).toISOString(),
    capabilities: device.capabilities.map(({ id, kind }) => ({ id, kind })),
    tags: [...tags.ofDevice(device.id)],
  };
}

function robotOf(state: RobotState, orderId: string | null): Robot {
  return {
    robotId: state.robotId,
    x: state.pose.x,
    y: state.pose.y,
    heading: state.pose.heading,
    battery: state.battery,
    activity: state.activity,
    moving: state.moving,
    toteId: state.toteId,
    orderId,
    place: state.place,
  };
}
