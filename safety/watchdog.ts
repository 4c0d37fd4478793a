/** What is known of another thread by its beats. */
export type Pulse =
  | { readonly state: 'alive'; readonly beat: number; readonly silentMs: number; readonly atMs: number }
  | { readonly state: 'silent'; readonly beat: number; readonly silentMs: number; readonly atMs: number };

/**
 * Longest time that one look may add to a silence. Who was frozen together with the watched thread (a suspended
 * box, a debugger) has not seen it silent; the PLC's own watchdog covers that time.
 */
export const LOOK_MS_MAX = 250;

export const firstPulse = (beat: number, nowMs: number): Pulse => ({
  state: 'alive',
  beat,
  silentMs: 0,
  atMs: nowMs,
});

/** The pulse after a look at the beat counter. A thread is alive again with its first new beat. */
export function nextPulse(pulse: Pulse, look: { beat: number; nowMs: number }, silenceMsMax: number): Pulse {
  const { beat, nowMs } = look;
  if (beat !== pulse.beat) return { state: 'alive', beat, silentMs: 0, atMs: nowMs };
  const silentMs = pulse.silentMs + Math.min(Math.max(0, nowMs - pulse.atMs), LOOK_MS_MAX);
  return { state: silentMs > silenceMsMax ? 'silent' : 'alive', beat, silentMs, atMs: nowMs };
}
