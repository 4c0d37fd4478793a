import type { Interlock, UplinkStatus } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Link } from '#contracts/devices.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { Alarms } from './alarms.ts';

/** A link that comes back sooner is a hiccup, not an alarm. */
export const DEVICE_DOWN_MS = 3_000;
export const UPLINK_DOWN_MS = 10_000;
const INTERLOCK = 'interlock/';

/**
 * Raises and clears the alarms that follow from links and interlocks. Links wait, so that a hiccup rings no bell.
 */
export interface FloorWatch {
  link(device: string, name: string, link: Link): void;
  uplink(status: UplinkStatus): void;
  interlock(interlock: string, text: string, tripped: boolean): void;
  /** All interlocks as they are now: an alarm of one that holds, or is gone from the site file, is over. */
  interlocks(list: readonly Interlock[]): void;
  stop(): void;
}

/** What has a name in the site file, and alarms of its own that nobody else can clear once it is gone. */
export type AlarmSources = Pick<SiteFile, 'devices' | 'uplinks' | 'notify' | 'places'>;

/** Alarms of before the start whose source the site file names no more. */
export function goneAlarms(alarmIds: readonly string[], sources: AlarmSources): string[] {
  const { devices, uplinks, notify, places } = sources;
  const named: Readonly<Record<string, readonly string[]>> = {
    'device-down': devices.map(({ id }) => id),
    'uplink-down': uplinks.map(({ id }) => id),
    'channel-down': notify.map(({ name }) => name),
    // A robot goes by the name of its capability.
    'recovery-held': devices.flatMap(({ capabilities }) => capabilities.map(({ id }) => id)),
    'replenish-held': places.map(({ id }) => id),
  };
  return alarmIds.filter((alarmId) => {
    const [kind = '', ...source] = alarmId.split('/');
    return named[kind]?.includes(source.join('/')) === false;
  });
}

/** Made once, before anything is raised: what `sources` names no more is cleared here. */
export function watchFloor(alarms: Alarms, clock: Clock, sources: AlarmSources): FloorWatch {
  const before = alarms.list().map(({ alarmId }) => alarmId);
  for (const alarmId of goneAlarms(before, sources)) alarms.clear(alarmId);
  const waiting = new Map<string, () => void>();
  let isOpen = (_interlock: string): boolean => true;

  function settle(id: string): void {
    waiting.get(id)?.();
    waiting.delete(id);
    alarms.clear(id);
  }

  function later(id: string, delayMs: number, raise: () => void): void {
    if (waiting.has(id)) return;
    // Again while it lasts: an alarm for which there was no room is told once there is.
    const wait = (): void => void waiting.set(id, clock.after(delayMs, ring));
    const ring = (): void => {
      wait();
      raise();
    };
    wait();
  }

  return {
    link(device, name, link) {
      const id = `device-down/${device}`;
      if (link.state === 'up') settle(id);
      else if (link.state === 'down') {
        later(id, DEVICE_DOWN_MS, () =>
          alarms.raise({
            alarmId: id,
            severity: 'high',
            source: device,
            text: `${name} is not connected: ${link.reason}`,
            hint: 'Check power, cable and address of the device; Holdfast keeps trying by itself.',
          }),
        );
      }
    },
    uplink(status) {
      const id = `uplink-down/${status.id}`;
      if (status.state !== 'down') settle(id);
      else {
        later(id, UPLINK_DOWN_MS, () =>
          alarms.raise({
            alarmId: id,
            severity: 'low',
            source: status.id,
            text: `The region is out of reach: ${status.reason ?? 'no answer'}`,
            hint: 'The site goes on and keeps every record. Check the WAN cable and DNS.',
          }),
        );
      }
    },
    interlock(interlock, text, tripped) {
      const id = `${INTERLOCK}${interlock}`;
      // A trip is told when its stops were answered; by then it may be over.
      if (!tripped || !isOpen(interlock)) settle(id);
      else {
        alarms.raise({
          alarmId: id,
          severity: 'critical',
          source: interlock,
          text,
          hint: 'Go and look. When it is safe, clear the cause and reset the interlock on the Floor page.',
        });
      }
    },
    interlocks(list) {
      const open = new Set(list.filter(({ met }) => !met).map(({ id }) => id));
      isOpen = (interlock) => open.has(interlock);
      // Also those that were raised before a restart, whose end nobody told.
      for (const { alarmId } of alarms.list()) {
        if (alarmId.startsWith(INTERLOCK) && !isOpen(alarmId.slice(INTERLOCK.length))) settle(alarmId);
      }
    },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
