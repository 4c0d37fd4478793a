import type { Clock } from '#contracts/clock.ts';
import type { Alarms } from './floor/index.ts';
import type { StoreHost } from './store/index.ts';
import { every } from './threads/index.ts';

const LOOK_MS = 1_000;
const ALARM_ID = 'disk-full';

/** Rings while the disk takes nothing new. Returns what ends it. */
export function watchDisk(store: Pick<StoreHost, 'stats'>, alarms: Alarms, clock: Clock): () => void {
  const look = (): void => {
    if (store.stats().disk !== 'critical') alarms.clear(ALARM_ID);
    else
      alarms.raise({
        alarmId: ALARM_ID,
        severity: 'critical',
        source: 'store',
        text: 'The disk is full: new orders and messages are refused',
        hint: 'Free space on the disk of the data folder. What has begun goes on, in room that is kept for it.',
      });
  };
  look();
  return every(clock, LOOK_MS, look);
}
