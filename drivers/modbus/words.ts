import { ApplianceError } from '#contracts/errors.ts';
import type { TagType, TagValue } from '#contracts/tags.ts';

export type WordOrder = 'high-first' | 'low-first';

interface Layout {
  readonly type: TagType;
  /** Words of the value. */
  readonly count: number;
  readonly wordOrder: WordOrder;
}

/**
 * Joins holding or input registers into one value.
 *
 * Shape:  words, uint16, in wire order; strings carry two bytes a word, high byte first, ended by NUL.
 * Unit:   raw counts; the tag owns the scale.
 * Errors: DRV_MODBUS_SHORT_REPLY when fewer words came than the type has.
 * Source: Modbus Application Protocol V1.1b3 §4.2 orders the bytes in a register. Nothing orders the
 *         registers; the vendor does, so the caller says.
 */
export function decodeWords(words: readonly number[], { type, count, wordOrder }: Layout): TagValue {
  if (words.length < count) {
    throw new ApplianceError('DRV_MODBUS_SHORT_REPLY', { wanted: count, got: words.length });
  }
  const bytes = toBytes(words.slice(0, count), type === 'string' ? 'high-first' : wordOrder);
  switch (type) {
    case 'boolean':
      return bytes.getUint16(0) !== 0;
    case 'int16':
      return bytes.getInt16(0);
    case 'uint16':
      return bytes.getUint16(0);
    case 'int32':
      return bytes.getInt32(0);
    case 'uint32':
      return bytes.getUint32(0);
    case 'float32':
      return bytes.getFloat32(0);
    case 'float64':
      return bytes.getFloat64(0);
    case 'string':
      return decodeText(bytes);
  }
}

/**
 * The registers of one value, in wire order. The inverse of `decodeWords`.
 *
 * Errors: DRV_OUT_OF_RANGE when a text is longer than its registers.
 */
export function encodeWords(value: TagValue, { type, count, wordOrder }: Layout, tag: string): number[] {
  const bytes = new DataView(new ArrayBuffer(count * 2));
  if (typeof value === 'string') {
    const text = new TextEncoder().encode(value);
    if (text.length > count * 2) throw new ApplianceError('DRV_OUT_OF_RANGE', { value, tag, type });
    new Uint8Array(bytes.buffer).set(text);
    return fromBytes(bytes, 'high-first');
  }
  const set = setters[type];
  if (set === undefined) bytes.setUint16(0, Number(value));
  else set(bytes, Number(value));
  return fromBytes(bytes, wordOrder);
}

const setters: Partial<Record<TagType, (bytes: DataView, value: number) => void>> = {
  int16: (bytes, value) => bytes.setInt16(0, value),
  int32: (bytes, value) => bytes.setInt32(0, value),
  uint32: (bytes, value) => bytes.setUint32(0, value),
  float32: (bytes, value) => bytes.setFloat32(0, value),
  float64: (bytes, value) => bytes.setFloat64(0, value),
};

function toBytes(words: readonly number[], order: WordOrder): DataView {
  const view = new DataView(new ArrayBuffer(words.length * 2));
  const ordered = order === 'high-first' ? words : words.toReversed();
  for (const [index, word] of ordered.entries()) view.setUint16(index * 2, word);
  return view;
}

function fromBytes(bytes: DataView, order: WordOrder): number[] {
  const words = Array.from({ length: bytes.byteLength / 2 }, (_, index) => bytes.getUint16(index * 2));
  return order === 'high-first' ? words : words.toReversed();
}

function decodeText(bytes: DataView): string {
  const all = new Uint8Array(bytes.buffer);
  const end = all.indexOf(0);
  return new TextDecoder().decode(end < 0 ? all : all.subarray(0, end));
}
