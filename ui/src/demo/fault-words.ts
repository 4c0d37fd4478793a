import type { DemoFaultId } from '#contracts/api.ts';
import type { IconName } from '../parts/icon.tsx';
import type { PageName } from '../router.ts';

/** What one button of the demo breaks, what to watch, and where. */
export interface FaultWords {
  readonly title: string;
  readonly does: string;
  readonly watch: string;
  readonly page: PageName;
  readonly icon: IconName;
  readonly breakIt: string;
  readonly mendIt: string;
  /** It takes one robot of the fleet. */
  readonly needsRobot: boolean;
}

export const faultWords: Readonly<Record<DemoFaultId, FaultWords>> = {
  'uplink-cut': {
    title: 'Cut the uplink',
    does: 'The region can no longer be reached.',
    watch:
      'Robots drive on and orders complete; the backlog grows. Plug it back: it drains, nothing is missing.',
    page: 'uplink',
    icon: 'unplug',
    breakIt: 'Pull the plug',
    mendIt: 'Plug it back',
    needsRobot: false,
  },
  'uplink-slow': {
    title: 'Slow the uplink',
    does: 'The line to the region becomes narrow and late.',
    watch: 'The safety lane still leaves first; telemetry waits.',
    page: 'uplink',
    icon: 'turtle',
    breakIt: 'Make it slow',
    mendIt: 'Full speed',
    needsRobot: false,
  },
  'e-stop': {
    title: 'Press the e-stop',
    does: 'The emergency stop of the line is pressed.',
    watch: 'Conveyors stop and robots pause at once. After the release a person has to reset.',
    page: 'floor',
    icon: 'hand',
    breakIt: 'Press it',
    mendIt: 'Release it',
    needsRobot: false,
  },
  jam: {
    title: 'Jam the conveyor',
    does: 'A tote gets stuck on the line.',
    watch: 'Conveying times out, is tried again, then a person is asked.',
    page: 'tasks',
    icon: 'tote',
    breakIt: 'Jam it',
    mendIt: 'Free the tote',
    needsRobot: false,
  },
  'wrong-sku': {
    title: 'Wrong article',
    does: 'The scanner sees another article than the order wants.',
    watch: 'The order stops and asks a person what to do.',
    page: 'tasks',
    icon: 'barcode',
    breakIt: 'Swap the goods',
    mendIt: 'Right goods again',
    needsRobot: false,
  },
  'robot-lost': {
    title: 'Lose a robot',
    does: 'A robot no longer knows where it is.',
    watch: 'It turns up as lost; its order goes to another robot or to a person.',
    page: 'floor',
    icon: 'question',
    breakIt: 'Lose it',
    mendIt: 'Find it',
    needsRobot: true,
  },
  'battery-flat': {
    title: 'Flatten a battery',
    does: 'A robot runs out of charge.',
    watch: 'It is given no new order; what it carried is taken care of.',
    page: 'floor',
    icon: 'battery',
    breakIt: 'Drain it',
    mendIt: 'Charge it',
    needsRobot: true,
  },
  'plc-link-cut': {
    title: 'Cut the PLC’s link',
    does: 'The line PLC can no longer be reached.',
    watch: 'Its tags turn bad with the reason, interlocks fall, motion stops.',
    page: 'devices',
    icon: 'devices',
    breakIt: 'Cut the link',
    mendIt: 'Reconnect',
    needsRobot: false,
  },
  'plc-link-slow': {
    title: 'Slow the PLC’s link',
    does: 'Every answer of the line PLC comes late.',
    watch: 'Ages of the tags grow; what is too old counts as unknown, not as fresh.',
    page: 'devices',
    icon: 'clock',
    breakIt: 'Make it slow',
    mendIt: 'Full speed',
    needsRobot: false,
  },
};

export const pageWords: Partial<Record<PageName, string>> = {
  floor: 'See the floor',
  tasks: 'See the tasks',
  devices: 'See the devices',
  uplink: 'See the uplink',
};
