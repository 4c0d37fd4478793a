import { signal } from '@preact/signals';

/** Ages are shown in seconds, so once a second is often enough. */
const TICK_MS = 1_000;
/** The Date header counts whole seconds: a smaller difference says nothing. */
const SKEW_MS_MIN = 2_000;

let skewMs = 0;

/** Wall time of the appliance: a kiosk's own clock may be wrong, and ages must not be. */
export const serverNowMs = (): number => Date.now() + skewMs;

/** `serverNowMs` once a second; what shows an age reads this. */
export const nowMs = signal(Date.now());

export function learnServerTime(dateHeader: string | null): void {
  const servedAtMs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  if (Number.isNaN(servedAtMs)) return;
  const difference = servedAtMs - Date.now();
  skewMs = Math.abs(difference) < SKEW_MS_MIN ? 0 : difference;
}

export function startClock(): void {
  nowMs.value = serverNowMs();
  setInterval(() => {
    nowMs.value = serverNowMs();
  }, TICK_MS);
}
