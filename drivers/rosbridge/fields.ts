import type { TagConfig } from '#contracts/site-devices.ts';
import { badAddress } from '../common/bad-address.ts';
import type { Reading } from '../common/tag-table.ts';

/** Where a ROS tag lives: a topic and the path of a field in its messages. */
export interface RosAddress {
  readonly topic: string;
  readonly path: readonly string[];
}

/**
 * Reads `battery_state percentage` or `/tf_static transforms.0.header.frame_id`. A topic without a leading slash
 * is below the robot's namespace. Text that is JSON is looked into: `state data.activity`.
 *
 * Errors: DRV_BAD_ADDRESS; also for a tag that is to be written, which topics cannot be.
 */
export function parseRosAddress(tag: TagConfig, namespace: string): RosAddress {
  const problem = rosAddressProblem(tag);
  if (problem !== undefined) throw badAddress(tag, problem);
  const [topic = '', path = ''] = tag.address.split(' ');
  return { topic: topic.startsWith('/') ? topic : `${namespace}/${topic}`, path: path.split('.') };
}

/** What is wrong with the address of a tag, in words; undefined when it is one. */
export function rosAddressProblem({ address, access }: TagConfig): string | undefined {
  if (!/^\S+ \S+$/.test(address)) return 'it needs a topic, a space and a field path';
  return access === 'read-write' ? 'a topic cannot be written' : undefined;
}

/** What a message says about one tag. */
export function readField(tag: string, path: readonly string[], message: unknown): Reading {
  let value: unknown = message;
  for (const [index, name] of path.entries()) {
    value = parsedText(value);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      const reason = `the message has no field ${path.slice(0, index + 1).join('.')}`;
      return { tag, raw: null, quality: { level: 'bad', reason } };
    }
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return { tag, raw: value, sourceTimeMs: stampMs(message) };
}

function parsedText(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value);
  } catch {
    // Text that only looks like JSON has no fields; the caller says so.
    return value;
  }
}

/** 2000-01-01. Robots on simulated or unset clocks stamp with seconds since their start; arrival stands in then. */
const PLAUSIBLE_MS_MIN = 946_684_800_000;

function stampMs(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('header' in message)) return undefined;
  const { header } = message;
  if (typeof header !== 'object' || header === null || !('stamp' in header)) return undefined;
  const { stamp } = header;
  if (typeof stamp !== 'object' || stamp === null || !('sec' in stamp) || !('nanosec' in stamp))
    return undefined;
  const ms = Math.floor(Number(stamp.sec) * 1_000 + Number(stamp.nanosec) / 1e6);
  return Number.isSafeInteger(ms) && ms >= PLAUSIBLE_MS_MIN ? ms : undefined;
}
