import { ApplianceError } from '#contracts/errors.ts';
import type { TagConfig } from '#contracts/site-devices.ts';
import type { TagType, TagValue } from '#contracts/tags.ts';

export type Fit = { ok: true; value: TagValue } | { ok: false; reason: string };

const integerRanges: Partial<Record<TagType, readonly [min: number, max: number]>> = {
  int16: [-0x8000, 0x7fff],
  uint16: [0, 0xffff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint32: [0, 0xffff_ffff],
};
const FLOAT32_MAX = 3.4028234663852886e38;
/** A longer text from a device is no tag value but a mistake in the map. */
export const TAG_TEXT_CHARACTERS_MAX = 4_096;

/** Whether what a device sent is a value of the tag's type. Nothing is coerced: a guess is no reading. */
export function fitType(type: TagType, raw: unknown): Fit {
  if (type === 'boolean') {
    return typeof raw === 'boolean' ? { ok: true, value: raw } : misfit(type, raw);
  }
  if (type === 'string') {
    if (typeof raw !== 'string') return misfit(type, raw);
    return raw.length <= TAG_TEXT_CHARACTERS_MAX
      ? { ok: true, value: raw }
      : { ok: false, reason: `text of ${raw.length} characters, allowed are ${TAG_TEXT_CHARACTERS_MAX}` };
  }
  if (typeof raw !== 'number') return misfit(type, raw);
  if (!Number.isFinite(raw)) return { ok: false, reason: 'not a number' };
  const range = integerRanges[type];
  if (range !== undefined && (!Number.isInteger(raw) || raw < range[0] || raw > range[1])) {
    return { ok: false, reason: `${raw} is no ${type}` };
  }
  if (type === 'float32' && Math.abs(raw) > FLOAT32_MAX) return { ok: false, reason: `${raw} is no float32` };
  return { ok: true, value: raw };
}

const misfit = (type: TagType, raw: unknown): Fit => ({
  ok: false,
  reason: `wrong type: wanted ${type}, got ${describe(raw)}`,
});

function describe(raw: unknown): string {
  if (raw === null || raw === undefined) return 'nothing';
  return Array.isArray(raw) ? 'a list' : typeof raw;
}

type Scaling = Pick<TagConfig, 'scale' | 'offset'>;

/** Tag value = raw × scale + offset. Only numbers are scaled. */
export const scaleRaw = (raw: TagValue, { scale = 1, offset = 0 }: Scaling): TagValue =>
  typeof raw === 'number' ? raw * scale + offset : raw;

/**
 * The raw value that stands for a tag value, checked against the tag's type.
 *
 * Errors: DRV_WRONG_TYPE when the value is of another kind, DRV_OUT_OF_RANGE when the type cannot hold it.
 */
export function toRaw(tag: TagConfig, value: TagValue): TagValue {
  const wanted = tag.type === 'boolean' || tag.type === 'string' ? tag.type : 'number';
  if (typeof value !== wanted) {
    throw new ApplianceError('DRV_WRONG_TYPE', { tag: tag.name, wanted: tag.type, got: typeof value });
  }
  if (typeof value !== 'number') return value;
  const { scale = 1, offset = 0 } = tag;
  const exact = (value - offset) / scale;
  const raw =
    tag.type in integerRanges ? Math.round(exact) : tag.type === 'float32' ? Math.fround(exact) : exact;
  if (!fitType(tag.type, raw).ok) {
    throw new ApplianceError('DRV_OUT_OF_RANGE', { tag: tag.name, value, type: tag.type });
  }
  return raw;
}

/** Whether a device that was sent `written` and now answers `read` holds what it was sent. */
export function sameRaw(type: TagType, written: TagValue, read: TagValue): boolean {
  return type === 'float32' && typeof written === 'number' && typeof read === 'number'
    ? Math.fround(written) === Math.fround(read)
    : written === read;
}

/** Whether a change is large enough to be reported. */
export function passesDeadband(before: TagValue | null, after: TagValue | null, deadband = 0): boolean {
  if (typeof before === 'number' && typeof after === 'number') {
    return before !== after && Math.abs(after - before) >= deadband;
  }
  return before !== after;
}
