import { formatPercent } from '../format.ts';

/** Below it a robot has to be sent to charge soon. */
export const BATTERY_LOW = 0.2;

/** Charge as a filled outline and a number; low charge also gets a word. */
export function Battery({ level }: { level: number }) {
  const part = Math.min(1, Math.max(0, level));
  const low = part < BATTERY_LOW;
  return (
    <span class={low ? 'charge charge-low' : 'charge'}>
      <svg width="30" height="16" viewBox="0 0 30 16" aria-hidden="true" focusable="false">
        <rect class="charge-shell" x="1" y="1" width="25" height="14" rx="3" />
        <rect class="charge-tip" x="27" y="5" width="2.500" height="6" rx="1" />
        <rect class="charge-fill" x="3.500" y="3.500" width={20 * part} height="9" rx="1" />
      </svg>
      <span class="visually-hidden">Battery </span>
      <span class="number">{formatPercent(part)}</span>
      {low ? <span class="charge-word">low</span> : null}
    </span>
  );
}

/** Amount of a whole as a bar; the number stands beside it, so readers skip the bar. */
export function Bar({ part }: { part: number }) {
  return (
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="bar-track" width="100" height="6" />
      <rect class="bar-fill" width={100 * Math.min(1, Math.max(0, part))} height="6" />
    </svg>
  );
}
