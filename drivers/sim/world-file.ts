import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '#contracts/clock.ts';
import type { Fact } from './facts.ts';
import { SAVE_EVERY_MS } from './limits.ts';
import { restoreWorld, type SavedWorld, savedWorld } from './saved-world.ts';
import type { World } from './world.ts';

export interface WorldFileOptions {
  readonly file: string;
  /** For words that a person should find in the log. */
  readonly warn: (words: string) => void;
}

/** Keeps a world on disk, so that the next process goes on where this one ended, however it ended. */
export interface WorldFile {
  /**
   * Once per cycle, before its facts are told to anybody: what the floor has told, it does not forget. Where robots
   * and totes are on their way may be a moment old.
   */
  keep(facts: readonly Fact[]): void;
  /** Writes what is now. Blocks until it is on disk. */
  save(): void;
}

const FORMAT = 'holdfast-sim-state';
/** Counts up with each change to what is saved. */
const VERSION = 1;

/** Facts that change nothing, or only where something is on its way. */
const fleeting: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>([
  'robot.moving',
  'robot.standing',
  'tote.seen',
  'goal.repeated',
  'goal.refused',
  'request.repeated',
]);

/** Puts the world into the state that was kept, if there is one that can be used, and keeps it from then on. */
export function openWorldFile(world: World, clock: Clock, { file, warn }: WorldFileOptions): WorldFile {
  mkdirSync(dirname(file), { recursive: true });
  const floor = floorMark(world);
  const text = readText(file);
  if (text !== null) {
    const found = parse(text, floor);
    if (typeof found === 'string') {
      renameSync(file, `${file}.unusable`);
      warn(`${file} ${found}. It is now ${file}.unusable, and the floor starts afresh.`);
    } else {
      restoreWorld(world, found);
    }
  }
  let nextMs = clock.monotonicMs();
  let failing = false;

  const save = (): void => {
    nextMs = clock.monotonicMs() + SAVE_EVERY_MS;
    try {
      replaceFile(file, print(savedWorld(world), floor));
      failing = false;
    } catch (error) {
      // A floor goes on without its diary, and tries again.
      if (!failing) warn(`${file} cannot be written: ${String(error)}`);
      failing = true;
    }
  };
  return {
    save,
    keep(facts) {
      const due = clock.monotonicMs() >= nextMs;
      if (due || facts.some(({ kind }) => !fleeting.has(kind))) save();
    },
  };
}

/** Tells one floor from another: a state fits only where walls, places and machines are the same. */
function floorMark({ map, places, robots }: World): string {
  return digest(JSON.stringify([map.rows, map.metresPerCell, [...places.values()], robots.length]));
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function print(saved: SavedWorld, floor: string): string {
  const body = JSON.stringify(saved);
  const head = { format: FORMAT, version: VERSION, floor, sha256: digest(body) };
  return `${JSON.stringify(head)}\n${body}\n`;
}

/** The state, or why it cannot be used. What the digest vouches for was written here, so it is taken as it stands. */
function parse(text: string, floor: string): SavedWorld | string {
  const [head = '', body = ''] = text.split('\n');
  const { format, version, floor: where, sha256 } = parseHead(head);
  if (format !== FORMAT) return 'holds something else than the state of a simulated floor';
  if (version !== VERSION) return `was written by another version (${String(version)}, not ${VERSION})`;
  if (where !== floor) return 'belongs to another floor: map, places or robots differ';
  if (sha256 !== digest(body)) return 'is damaged';
  return JSON.parse(body) as SavedWorld;
}

function parseHead(line: string): Record<string, unknown> {
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === 'object' && head !== null ? { ...head } : {};
  } catch {
    return {}; // No head of ours.
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Old or new, never half: beside it, flushed, then in its place, and the folder flushed too. */
function replaceFile(file: string, text: string): void {
  const beside = `${file}.new`;
  flushed(beside, 'w', (handle) => writeFileSync(handle, text));
  renameSync(beside, file);
  flushed(dirname(file), 'r', () => {});
}

function flushed(path: string, flags: 'w' | 'r', write: (handle: number) => void): void {
  const handle = openSync(path, flags, 0o600);
  try {
    write(handle);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
