import { type RosbridgeRequest, type RosNames, rosTypes } from '#contracts/ros.ts';
import type { RosbridgeDevice } from '#contracts/site-devices.ts';
import type { RosAddress } from './fields.ts';

// 10 poses a second are what a map needs; a robot may send 50.
const POSE_THROTTLE_MS = 100;

/** Asks for one topic. Without a type the bridge looks it up; a throttle of 0 means every message. */
export function subscribeRequest({ topic, type, throttleMs = 0 }: Subscription): RosbridgeRequest {
  const request = { op: 'subscribe', id: `sub:${topic}`, topic, throttle_rate: throttleMs } as const;
  return type === undefined ? request : { ...request, type };
}

export interface Subscription {
  readonly topic: string;
  readonly type?: string;
  readonly throttleMs?: number;
}

/** The robot's own topics and those of tags, each once. Types that we do not know the bridge looks up itself. */
export function subscriptionsOf(
  device: RosbridgeDevice,
  names: RosNames,
  addresses: ReadonlyMap<string, RosAddress>,
): readonly Subscription[] {
  const own: Subscription[] = [
    { topic: names.pose, type: rosTypes.pose, throttleMs: POSE_THROTTLE_MS },
    { topic: names.battery, type: rosTypes.battery },
    { topic: names.state, type: rosTypes.state },
  ];
  const others = new Map<string, Subscription>();
  for (const tag of device.tags) {
    const topic = addresses.get(tag.name)?.topic;
    if (topic === undefined || own.some((known) => known.topic === topic)) continue;
    const before = others.get(topic)?.throttleMs;
    const throttleMs = Math.min(before ?? Number.POSITIVE_INFINITY, tag.sampleMs ?? POSE_THROTTLE_MS);
    others.set(topic, {
      topic,
      throttleMs,
      ...(topic === names.odometry ? { type: rosTypes.odometry } : {}),
    });
  }
  return [...own, ...others.values()];
}
