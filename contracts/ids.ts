import { randomBytes } from 'node:crypto';

/** A position in the site's log. Starts at 1; 0 means "before the first record". */
export type Offset = number & { readonly brand: 'Offset' };
export const offset = (value: number): Offset => value as Offset;
export const OFFSET_NONE = offset(0);

const RANDOM_POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);

/** Random bytes, drawn from the system a page at a time: one draw costs as much for 16 bytes as for a page. */
function pooledRandom(size: number): Buffer {
  // A new page rather than the old one again: bytes that were handed out stay as they are.
  if (pool.length < size) pool = randomBytes(Math.max(size, RANDOM_POOL_BYTES));
  const taken = pool.subarray(0, size);
  pool = pool.subarray(size);
  return taken;
}

/** Of any id: it is the subject of events. */
export const ID_CHARS_MAX = 256;
/** Shorter, so that the ids of its tasks, which go on from it (`:t12.1`), are ids as well. */
export const SAGA_ID_CHARS_MAX = ID_CHARS_MAX - 16;

/**
 * UUIDv7: sorts by creation time, so ids made by one process land next to each other in an index.
 *
 * Shape:  canonical lower-case text, 36 characters.
 * Source: RFC 9562 §5.7. 48 bits of Unix milliseconds, then 74 random bits.
 */
export function uuidv7(nowMs: number, random: (size: number) => Buffer = pooledRandom): string {
  const bytes = random(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
