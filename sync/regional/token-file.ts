import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ApplianceError } from '#contracts/errors.ts';

const Token = Type.String({ minLength: 16, maxLength: 256 });

/** Who may talk to the region: each site by a token of its own, readers by theirs. Nobody without one. */
export const TokenFile = Type.Object(
  {
    sites: Type.Record(Type.String(), Token),
    readers: Type.Array(Token, { default: [] }),
  },
  { additionalProperties: false },
);
export type TokenFile = Static<typeof TokenFile>;

export type Caller =
  | { readonly caller: 'site'; readonly site: string }
  | { readonly caller: 'reader' }
  | { readonly caller: 'nobody' };

export type Authenticate = (authorization: string | undefined) => Caller;

export function readTokenFile(file: string): TokenFile {
  try {
    return Value.Parse(TokenFile, Value.Default(TokenFile, JSON.parse(readFileSync(file, 'utf8'))));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ApplianceError('SYNC_TOKEN_FILE', { file, problem }, { cause });
  }
}

/** Compares digests in constant time, and always all of them, so that time tells nothing about any token. */
export function createAuthenticate(tokens: TokenFile): Authenticate {
  const known: readonly { digest: Buffer; caller: Caller }[] = [
    ...Object.entries(tokens.sites).map(([site, token]) => ({
      digest: digest(token),
      caller: { caller: 'site' as const, site },
    })),
    ...tokens.readers.map((token) => ({ digest: digest(token), caller: { caller: 'reader' as const } })),
  ];
  return (authorization) => {
    const presented = digest(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '');
    let found: Caller = { caller: 'nobody' };
    for (const { digest: wanted, caller } of known) {
      if (timingSafeEqual(presented, wanted)) found = caller;
    }
    return found;
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
