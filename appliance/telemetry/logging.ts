import { type DestinationStream, pino } from 'pino';
import type { Log } from '#contracts/log.ts';

/** Anything under these names is replaced, should it ever be passed to the log. */
const SECRETS = ['password', 'token', 'claimCode', 'secret', 'authorization', 'cookie', 'privateKey'];

/** JSON lines, one per happening. `level` as pino names it. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`]);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[secret]' } },
    ...(destination === undefined ? [] : [destination]),
  );
}
