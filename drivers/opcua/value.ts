import type { DataValue, StatusCode, Variant } from 'node-opcua-client';
import type { Quality, TagType } from '#contracts/tags.ts';
import type { Reading } from '../common/tag-table.ts';
import type { Opcua } from './library.ts';

/** Built-in types that a tag of ours is written as. OPC 10000-6 §5.1.2. */
const typeNames = {
  boolean: 'Boolean',
  int16: 'Int16',
  uint16: 'UInt16',
  int32: 'Int32',
  uint32: 'UInt32',
  float32: 'Float',
  float64: 'Double',
  string: 'String',
} as const satisfies Record<TagType, string>;

export const opcuaTypeName = (type: TagType) => typeNames[type];

/** A status code as a quality. The two upper bits hold the severity: 00 good, 01 uncertain, 10 bad. OPC 10000-4 §7.39. */
export function toQuality(status: StatusCode): Quality {
  const severity = status.value >>> 30;
  if (severity === 0) return { level: 'good' };
  const reason = status.description ? `${status.name}: ${status.description}` : status.name;
  return { level: severity === 1 ? 'uncertain' : 'bad', reason };
}

/** What the server said about one tag. */
export function toReading(
  opcua: Pick<Opcua, 'DataType' | 'VariantArrayType'>,
  tag: string,
  value: DataValue,
): Reading {
  const quality = toQuality(value.statusCode);
  const sourceTimeMs = (value.sourceTimestamp ?? value.serverTimestamp)?.getTime();
  return {
    tag,
    raw: quality.level === 'bad' ? null : toRawValue(opcua, value.value),
    sourceTimeMs,
    ...(quality.level === 'good' ? {} : { quality }),
  };
}

const INT64_HIGH = 2 ** 32;

/** A scalar as plain JavaScript. What is no scalar stays as it is, and the tag's type check says so. */
export function toRawValue(
  { DataType, VariantArrayType }: Pick<Opcua, 'DataType' | 'VariantArrayType'>,
  variant: Variant | undefined,
): unknown {
  if (variant === undefined || variant.arrayType !== VariantArrayType.Scalar) return variant?.value ?? null;
  const value: unknown = variant.value;
  switch (variant.dataType) {
    case DataType.Int64:
    case DataType.UInt64:
      return joinWords(value, variant.dataType === DataType.Int64);
    case DataType.DateTime:
      return value instanceof Date ? value.toISOString() : value;
    case DataType.LocalizedText:
      return typeof value === 'object' && value !== null && 'text' in value ? value.text : value;
    default:
      return value;
  }
}

/** node-opcua gives 64-bit integers as two words, high first. Past 2^53 the last digits are lost, as in any number. */
function joinWords(value: unknown, signed: boolean): unknown {
  if (!Array.isArray(value)) return value;
  const [high, low] = value;
  if (typeof high !== 'number' || typeof low !== 'number') return value;
  return (signed ? high | 0 : high) * INT64_HIGH + low;
}
