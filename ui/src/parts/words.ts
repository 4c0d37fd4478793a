import type { DeviceSummary, OrderState, Robot, UplinkStatus } from '#contracts/api.ts';
import type { IconName } from './icon-paths.ts';

/** How far from normal something is. Normal has no colour: colour is kept for what needs an eye. */
export type Level = 'normal' | 'quiet' | 'notice' | 'warning' | 'critical';

/** A state as a person reads it. */
export interface Words {
  readonly word: string;
  readonly icon: IconName;
  readonly level: Level;
}

export const orderWords: Readonly<Record<OrderState, Words>> = {
  accepted: { word: 'Accepted', icon: 'clock', level: 'quiet' },
  running: { word: 'Running', icon: 'play', level: 'normal' },
  'waiting-for-person': { word: 'Waiting for a person', icon: 'user', level: 'warning' },
  completed: { word: 'Done', icon: 'check', level: 'quiet' },
  failed: { word: 'Failed', icon: 'cross', level: 'critical' },
  cancelled: { word: 'Cancelled', icon: 'skip', level: 'quiet' },
};

export const robotWords: Readonly<Record<Robot['activity'], Words>> = {
  idle: { word: 'Idle', icon: 'clock', level: 'quiet' },
  driving: { word: 'Driving', icon: 'play', level: 'normal' },
  picking: { word: 'Picking', icon: 'tote', level: 'normal' },
  paused: { word: 'Paused', icon: 'pause', level: 'warning' },
  charging: { word: 'Charging', icon: 'plug', level: 'quiet' },
  fault: { word: 'Fault', icon: 'exclaim', level: 'critical' },
  lost: { word: 'Lost', icon: 'question', level: 'critical' },
};

export const linkWords: Readonly<Record<DeviceSummary['link'], Words>> = {
  up: { word: 'Connected', icon: 'plug', level: 'normal' },
  connecting: { word: 'Connecting', icon: 'retry', level: 'notice' },
  down: { word: 'No link', icon: 'unplug', level: 'critical' },
};

export const uplinkWords: Readonly<Record<UplinkStatus['state'], Words>> = {
  up: { word: 'Up', icon: 'uplink', level: 'normal' },
  idle: { word: 'Up, nothing to send', icon: 'check', level: 'normal' },
  down: { word: 'Down', icon: 'unplug', level: 'warning' },
};

/** "amr-*" in the site file means every robot of that name; a person reads it so. */
export const protectedWords = (ids: readonly string[]): string =>
  ids
    .map((id) =>
      id === '*' ? 'everything' : id.includes('*') ? `every ${id.replace(/^[-*]+|[-*]+$/g, '')}` : id,
    )
    .join(', ');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
