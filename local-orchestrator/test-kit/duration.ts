/** Milliseconds, or a number with its unit: `250 ms`, `90 s`, `15 min`, `8 h`, `30 d`. */
export type Duration = number | `${number} ${Unit}`;
type Unit = keyof typeof unitMs;

const unitMs = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Errors: RangeError for a unit that is not known. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const [count, unit] = duration.split(' ');
  const factor = unitMs[unit as Unit];
  const ms = Number(count) * factor;
  if (!Number.isFinite(ms)) throw new RangeError(`"${duration}" is not a duration such as "15 min"`);
  return ms;
}
