import { createHash, randomBytes } from 'node:crypto';

// 256 bits: too many to guess, so a plain hash is enough to store them.
const TOKEN_BYTES = 32;
const PASSWORD_BYTES = 18;
// Without letters and digits that look alike; 16 of 32 symbols are 80 bits, for a code of one day.
const CODE_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const CODE_LENGTH = 16;
const CODE_GROUP = 4;

export const makeToken = (prefix = ''): string =>
  `${prefix}${randomBytes(TOKEN_BYTES).toString('base64url')}`;

/** For people to type once and machines to keep. */
export const makePassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');

/** A code that can be read out over a radio: four groups of four. */
export function makeCode(): string {
  // 256 is a multiple of 32, so no symbol is likelier than another.
  const symbols = [...randomBytes(CODE_LENGTH)].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]);
  const groups: string[] = [];
  for (let i = 0; i < symbols.length; i += CODE_GROUP) groups.push(symbols.slice(i, i + CODE_GROUP).join(''));
  return groups.join('-');
}

/** The same code however it was typed. */
export const normalizeCode = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
