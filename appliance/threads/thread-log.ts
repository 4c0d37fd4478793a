import type { Log } from '#contracts/log.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One line on its way to the log of the main thread. */
export interface LogLine {
  readonly level: LogLevel;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** Lines a thread may send in a second; a fault that repeats itself must not fill the main thread's queue. */
export const LINES_PER_SECOND_MAX = 200;
const SECOND_MS = 1_000;

/** A log that sends its lines elsewhere. What cannot be cloned goes as text. */
export function createThreadLog(send: (line: LogLine) => void, nowMs: () => number): Log {
  let windowMs = nowMs();
  let count = 0;
  let dropped = 0;

  const say = (line: LogLine): void => {
    const now = nowMs();
    if (now - windowMs >= SECOND_MS) {
      if (dropped > 0) {
        send({
          level: 'warn',
          fields: { count: dropped },
          message: 'log lines of this thread were left out',
        });
      }
      windowMs = now;
      count = 0;
      dropped = 0;
    }
    count += 1;
    if (count > LINES_PER_SECOND_MAX) dropped += 1;
    else send(line);
  };
  const make = (bindings: object): Log => {
    const at = (level: LogLevel) => (fields: object, message: string) =>
      say({ level, fields: plain({ ...bindings, ...fields }), message });
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bindings, ...fields }),
    };
  };
  return make({});
}

function plain(fields: Record<string, unknown>): Record<string, unknown> {
  try {
    return structuredClone(fields);
  } catch {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  }
}
