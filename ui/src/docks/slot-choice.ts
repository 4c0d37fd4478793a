import { timeZone } from '../data/session.ts';
import { siteTime, siteTimeMs } from '../people/presence.ts';

/** When and where, while a person still chooses. `from` is the wall clock of the site; no dock is any dock. */
export interface SlotChoice {
  readonly dockId: string;
  readonly from: string;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
/** Slots begin at full five minutes: nobody types 14:37. */
const STEP_MS = 5 * MINUTE_MS;

export const lengthMs = ({ minutes }: SlotChoice): number => minutes * MINUTE_MS;

export const choiceOf = (dockId: string, fromMs: number, minutes: number): SlotChoice => ({
  dockId,
  from: siteTime(Math.ceil(fromMs / STEP_MS) * STEP_MS, timeZone.value),
  minutes,
});

/** As the appliance wants it; null while the time is none. */
export function slotOf(choice: SlotChoice): { dockId?: string; from: string; minutes: number } | null {
  const fromMs = siteTimeMs(choice.from, timeZone.value);
  if (fromMs === null) return null;
  return {
    ...(choice.dockId === '' ? {} : { dockId: choice.dockId }),
    from: new Date(fromMs).toISOString(),
    minutes: choice.minutes,
  };
}
