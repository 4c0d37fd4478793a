import { describe, expect, test } from 'vitest';
import type { Link, RobotState } from '#contracts/devices.ts';
import type { TagSample } from '#contracts/tags.ts';
import { linkEvent, robotEvent, tagEvent } from '../../appliance/floor/index.ts';

const context = { site: 'test-site', component: 'test', nowMs: 1_790_000_000_000, correlationId: 'amr-1' };

const up = (heardAtMs: number): Link => ({ state: 'up', sinceMs: 1, heardAtMs });
const down = (reason: string): Link => ({ state: 'down', reason, sinceMs: 1, retryAtMs: 2 });
const connecting: Link = { state: 'connecting', sinceMs: 1 };

describe('the event of a link', () => {
  test.each<[string, Link, Link, object | undefined]>([
    ['first word', connecting, up(5), { device: 'plc', state: 'up' }],
    ['word again', up(5), up(6), undefined],
    [
      'silence',
      up(6),
      down('no answer for 2000 ms'),
      { device: 'plc', state: 'down', reason: 'no answer for 2000 ms' },
    ],
    ['another reason for the same silence', down('silent'), down('refused'), undefined],
    ['a try', down('refused'), connecting, { device: 'plc', state: 'connecting' }],
    ['another try', connecting, connecting, undefined],
    ['a failed try', connecting, down('refused'), { device: 'plc', state: 'down', reason: 'refused' }],
  ])('%s', (_, before, link, data) => {
    const event = linkEvent('plc', link, before, context);
    expect(event?.data).toEqual(data);
    if (event !== undefined) {
      expect(event).toMatchObject({
        type: 'holdfast.device.link-changed.v1',
        lane: 'business',
        subject: 'plc',
      });
    }
  });
});

describe('the event of a robot', () => {
  const idle: RobotState = {
    robotId: 'amr-1',
    pose: { x: 1, y: 2, heading: 0 },
    battery: 0.85,
    activity: 'idle',
    moving: false,
    toteId: null,
    commandId: null,
    place: 'park-1',
    atMs: 5,
  };
  test.each<[string, Partial<RobotState>, boolean]>([
    ['nothing new', {}, false],
    ['a pose alone', { pose: { x: 9, y: 9, heading: 3 }, atMs: 9 }, false],
    ['a tote alone', { toteId: 'tote-1' }, false],
    ['a permille of the battery', { battery: 0.849 }, false],
    ['a tenth of the battery', { battery: 0.79 }, true],
    ['charging into the next tenth', { battery: 0.91 }, true],
    ['beginning to move', { moving: true }, true],
    ['another activity', { activity: 'paused' }, true],
    ['another command', { commandId: 'c-2' }, true],
    ['leaving its place', { place: null }, true],
  ])('%s', (_, change, isNews) => {
    const event = robotEvent({ ...idle, ...change }, idle, context);
    expect(event !== undefined).toBe(isNews);
  });

  test('comes with the first word, whatever it says, and keeps the battery within its bounds', () => {
    expect(robotEvent({ ...idle, battery: 1.02 }, undefined, context)).toMatchObject({
      type: 'holdfast.robot.state-changed.v1',
      lane: 'telemetry',
      subject: 'amr-1',
      data: { robotId: 'amr-1', battery: 1, x: 1, y: 2, place: 'park-1', commandId: null, activity: 'idle' },
    });
    expect(robotEvent({ ...idle, battery: -0.1 }, undefined, context)?.data).toMatchObject({ battery: 0 });
  });
});

describe('the event of a tag', () => {
  const sample = (more: Partial<TagSample>): TagSample => ({
    path: 'line-plc/speed',
    value: 1.5,
    quality: { level: 'good' },
    sourceTimeMs: 1_789_999_999_000,
    ...more,
  });
  test.each<[string, Partial<TagSample>, object]>([
    ['a good value', {}, { path: 'line-plc/speed', value: 1.5, quality: 'good' }],
    ['with its unit', { unit: 'm/s' }, { path: 'line-plc/speed', value: 1.5, quality: 'good', unit: 'm/s' }],
    [
      'a bad one with its reason',
      { quality: { level: 'bad', reason: 'link down' } },
      { path: 'line-plc/speed', value: 1.5, quality: 'bad', reason: 'link down' },
    ],
    [
      'one that never was',
      { value: null, quality: { level: 'bad', reason: 'never read' } },
      { path: 'line-plc/speed', value: null, quality: 'bad', reason: 'never read' },
    ],
  ])('%s, at the time of its source', (_, more, data) => {
    const event = tagEvent(sample(more), context);
    expect(event.data).toEqual(data);
    expect(event.time).toBe(new Date(1_789_999_999_000).toISOString());
  });
});
