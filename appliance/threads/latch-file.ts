import { readFileSync } from 'node:fs';
import { mkdir, open, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { CapabilityCall } from '#contracts/capabilities.ts';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import { EMPTY_LATCH, type GateLatch } from '../../safety/index.ts';

const Latch = Type.Object({
  interlocks: Type.Array(Type.String()),
  standing: Type.Array(
    Type.Object({
      target: Type.String(),
      restart: CapabilityCall,
      causes: Type.Array(Type.String()),
      atStart: Type.Boolean(),
    }),
  ),
  going: Type.Optional(Type.Array(Type.String())),
  stoppedByHand: Type.Optional(Type.Array(Type.Object({ target: Type.String(), by: Type.String() }))),
});

/** What the gate must not forget when the process ends: what waits for a person, and what stands because of us. */
export interface LatchFile {
  read(): GateLatch;
  /** Writes in the background; the newest wins. */
  keep(latch: GateLatch): void;
  flush(): Promise<void>;
}

/** Pause after a write that failed; what was to be kept is tried again until it is on disk. */
const RETRY_MS = 1_000;

/** `manualInterlocks` count as tripped, and `lines` as stopped by hand, when the file cannot be read. */
export function openLatchFile(options: {
  readonly dataDir: string;
  readonly manualInterlocks: readonly string[];
  readonly lines: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}): LatchFile {
  const { log } = options;
  const folder = join(options.dataDir, 'safety');
  const file = join(folder, 'latch.json');
  let newest: GateLatch | null = null;
  let writing: Promise<void> | null = null;
  let cancelRetry = () => {};

  const write = async (latch: GateLatch): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const handle = await open(`${file}.new`, 'w');
    try {
      await handle.writeFile(JSON.stringify(latch));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    const entry = await open(folder, 'r');
    await entry.sync().finally(() => entry.close());
  };
  const writeAll = async (): Promise<void> => {
    while (newest !== null) {
      const latch = newest;
      newest = null;
      try {
        await write(latch);
      } catch (error) {
        newest ??= latch;
        // What it says is out of date. Emptied, which a full disk allows too, it asks for every reset.
        await truncate(file).catch(() => {});
        log.error({ err: error, file }, 'the latch of the interlocks could not be kept');
        cancelRetry = options.clock.after(RETRY_MS, begin);
        break;
      }
    }
    writing = null;
  };
  const begin = (): void => {
    cancelRetry();
    writing ??= writeAll();
  };

  return {
    read() {
      const text = readText(file);
      if (text === null) return EMPTY_LATCH;
      const latch = parse(text);
      if (latch !== null) return latch;
      log.error(
        { file },
        'the latch of the interlocks cannot be read; every manual interlock and every line asks for a reset',
      );
      const stoppedByHand = options.lines.map((target) => ({ target, by: 'unknown' }));
      return { interlocks: options.manualInterlocks, standing: [], stoppedByHand };
    },
    keep(latch) {
      newest = latch;
      begin();
    },
    async flush() {
      while (writing !== null) await writing;
    },
  };
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    // Unreadable is not absent: read as broken.
    return '';
  }
}

function parse(text: string): GateLatch | null {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(Latch, value) ? value : null;
  } catch {
    return null;
  }
}
