import type { StepLimit } from '#contracts/sagas.ts';

/** What steps share, and how much of it there is. */
const SHARES: Readonly<Record<string, Omit<StepLimit, 'name' | 'key'>>> = {
  zone: { concurrencyMax: 1 },
  crew: { concurrencyMax: 2 },
  gate: { perMinuteMax: 1 },
};
const KEYS = ['north', 'south'];
export const shareNames = Object.keys(SHARES);

/** One that a step has a part of. */
export interface Share {
  readonly name: string;
  readonly key: string;
}

export const limitOf = ({ name, key }: Share) => ({ name, key, ...SHARES[name] });

/** The id of a step says what it shares: whoever only sees a command id knows it too. */
export const sharingId = (id: string, shares: readonly Share[]): string =>
  [id, ...shares.map(({ name, key }) => `${name}-${key}`)].join('-');
export const sharesOf = (node: string): Share[] =>
  [...node.matchAll(SHARING)].map(([, name = '', key = '']) => ({ name, key }));
const SHARING = new RegExp(`-(${shareNames.join('|')})-(${KEYS.join('|')})`, 'g');

export const shareKeys: readonly string[] = KEYS;

interface Visit {
  readonly commandId: string;
  readonly isGone: () => boolean;
}

/** Watches on the floor who is at what is shared: the books of the engine are not asked. */
export interface ShareWatch {
  readonly problems: readonly string[];
  /** Somebody begins, and is there until the returned function is called or `isGone`. */
  enter(commandId: string, atMs: number, isGone: () => boolean): () => void;
  /** What began before counts for no rate: the box has forgotten when it was, and goes on with what ran. */
  restarted(): void;
}

const MINUTE_MS = 60_000;
const PARTS = /:([a-z0-9-]+)\.\d+(?::undo)?:a\d+$/;

export function createShareWatch(): ShareWatch {
  const problems: string[] = [];
  const places = new Map<string, { inside: Set<Visit>; begunMs: number[] }>();
  const known = new Set<string>();

  const enterOne = (share: Share, visit: Visit, atMs: number, isNew: boolean) => {
    const name = `${share.name} ${share.key}`;
    const place = places.get(name) ?? { inside: new Set(), begunMs: [] };
    places.set(name, place);
    for (const one of place.inside) if (one.isGone()) place.inside.delete(one);
    place.inside.add(visit);
    const { concurrencyMax = Number.POSITIVE_INFINITY, perMinuteMax = Number.POSITIVE_INFINITY } =
      limitOf(share);
    const works = new Set([...place.inside].map(({ commandId }) => commandId.replace(/:a\d+$/, '')));
    if (works.size > concurrencyMax)
      problems.push(`${name} had ${works.size} at once: ${[...works].join(', ')}`);
    if (isNew) place.begunMs = [...place.begunMs.filter((begunMs) => begunMs > atMs - MINUTE_MS), atMs];
    if (place.begunMs.length > perMinuteMax)
      problems.push(
        `${name} began ${place.begunMs.length} times in a minute, the last was ${visit.commandId}`,
      );
    return () => void place.inside.delete(visit);
  };

  return {
    problems,
    enter(commandId, atMs, isGone) {
      const isNew = !known.has(commandId);
      known.add(commandId);
      const visit = { commandId, isGone };
      const leaves = sharesOf(PARTS.exec(commandId)?.[1] ?? '').map((share) =>
        enterOne(share, visit, atMs, isNew),
      );
      return () => {
        for (const leave of leaves) leave();
      };
    },
    restarted() {
      for (const place of places.values()) place.begunMs = [];
    },
  };
}
