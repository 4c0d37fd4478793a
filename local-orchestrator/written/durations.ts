/** Units of a written duration, longest first. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** `90s`, `15m`, `2h`: the longest unit that says it exactly. Anything but whole milliseconds stays a number. */
export function durationText(ms: number): string | number {
  if (!Number.isSafeInteger(ms) || ms < 0) return ms;
  const [name, unit] = units.find(([, one]) => ms > 0 && ms % one === 0) ?? ['ms', 1];
  return `${ms / unit}${name}`;
}

/** Milliseconds; undefined when it is no duration. A number without a unit is none: nobody knows what it counts. */
export function durationMs(text: unknown): number | undefined {
  const [, count, name] = (typeof text === 'string' && /^(\d{1,15})\s?(ms|s|m|h|d)$/.exec(text)) || [];
  const unit = units.find(([one]) => one === name)?.[1];
  return count === undefined || unit === undefined ? undefined : Number(count) * unit;
}
