import { isUtf8 } from 'node:buffer';

/**
 * Reads an MQTT string: two bytes of length, then UTF-8.
 *
 * Shape:  `text` is undefined when the bytes are too few, not UTF-8, or contain U+0000.
 * Source: MQTT 3.1.1 §1.5.3. [MQTT-1.5.3-1] ill-formed UTF-8, surrogates included, and [MQTT-1.5.3-2] U+0000
 *         close the connection. [MQTT-1.5.3-3] U+FEFF is a character, never stripped; Buffer keeps it.
 */
export function readString(bytes: Buffer, start: number): { text: string | undefined; end: number } {
  const length = bytes.length - start >= 2 ? bytes.readUInt16BE(start) : -1;
  const end = start + 2 + length;
  if (length < 0 || end > bytes.length) return { text: undefined, end };
  const slice = bytes.subarray(start + 2, end);
  if (slice.includes(0) || !isUtf8(slice)) return { text: undefined, end };
  return { text: slice.toString('utf8'), end };
}
