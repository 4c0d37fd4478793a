import { type Static, Type } from 'typebox';

/** Address of a tag on the site: `<device>/<tag>`, both kebab-case. */
export type TagPath = `${string}/${string}`;

export const TagValue = Type.Union([Type.Boolean(), Type.Number(), Type.String()]);
export type TagValue = Static<typeof TagValue>;

export const tagTypes = [
  'boolean',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64',
  'string',
] as const;
export type TagType = (typeof tagTypes)[number];

/** `bad` always carries a reason; a value that is not fresh is never `good`. */
export const Quality = Type.Union([
  Type.Object({ level: Type.Literal('good') }),
  Type.Object({ level: Type.Literal('uncertain'), reason: Type.String() }),
  Type.Object({ level: Type.Literal('bad'), reason: Type.String() }),
]);
export type Quality = Static<typeof Quality>;
export const GOOD: Quality = { level: 'good' };

/** One sample. `value` is the last known one when the quality is bad, or null when there never was one. */
export const TagSample = Type.Object({
  path: Type.String({ description: '<device>/<tag>' }),
  value: Type.Union([TagValue, Type.Null()]),
  quality: Quality,
  sourceTimeMs: Type.Integer({ description: 'When the device says it was so; wall ms.' }),
  unit: Type.Optional(Type.String()),
});
export type TagSample = Omit<Static<typeof TagSample>, 'path'> & { path: TagPath };
