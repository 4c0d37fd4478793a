import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { ActivityRef, SagaDefinition } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import { activityName } from '../activities/activity.ts';
import { checkDefinition } from '../definition/check.ts';
import { definitionHash } from '../definition/hash.ts';

export interface Definitions {
  byHash(hash: string): Promise<SagaDefinition>;
  /** The one that new sagas of this name get. */
  current(name: string): Version;
  /** Hash of the one that this release or the site brings; undefined when it brings none. */
  shipped(name: string): string | undefined;
  /** New sagas of this name get this version from here on; null: the shipped one. It has been read by its hash. */
  use(name: string, hash: string | null): void;
  /** What a version needs and this release lacks, in words; null when it can run. Known after `open`. */
  lack(hash: string): Promise<string | null>;
  /** Stores the current ones, and refuses the start when a running saga needs what this release lacks. */
  open(has: (ref: ActivityRef) => boolean): Promise<void>;
}

export interface Version {
  readonly definition: SagaDefinition;
  readonly hash: string;
}

/** Definitions by content: stored once, never changed, so a running saga finds its own after any upgrade. */
export function createDefinitions(parts: {
  store: Store;
  clock: Clock;
  current: readonly SagaDefinition[];
}): Definitions {
  const { store, clock } = parts;
  const known = new Map<string, SagaDefinition>();
  const names = new Map<string, string>();
  const chosen = new Map<string, string>();
  let hasActivity: (ref: ActivityRef) => boolean = () => true;
  for (const definition of parts.current) {
    checkDefinition(definition);
    const hash = definitionHash(definition);
    known.set(hash, definition);
    names.set(definition.name, hash);
  }

  const byHash = async (hash: string): Promise<SagaDefinition> => {
    const cached = known.get(hash);
    if (cached !== undefined) return cached;
    const [row] = await store.query('saga.definition', { hash });
    if (row === undefined) throw new ApplianceError('SAGA_NOT_FOUND', { sagaId: `definition ${hash}` });
    const definition = JSON.parse(String(row.body)) as SagaDefinition;
    known.set(hash, definition);
    return definition;
  };

  return {
    byHash,
    current(name) {
      const hash = chosen.get(name) ?? names.get(name);
      const definition = hash === undefined ? undefined : known.get(hash);
      if (hash === undefined || definition === undefined) {
        throw new ApplianceError('SAGA_NOT_FOUND', { sagaId: `definition ${name}` });
      }
      return { definition, hash };
    },
    shipped: (name) => names.get(name),
    use(name, hash) {
      if (hash === null) chosen.delete(name);
      else chosen.set(name, hash);
    },
    async lack(hash) {
      try {
        refuseMissing(await byHash(hash), hash, 0, hasActivity);
        return null;
      } catch (error) {
        if (isApplianceError(error)) return error.message;
        throw error;
      }
    },
    async open(has) {
      hasActivity = has;
      const nowMs = clock.nowMs();
      await store.commit(
        [...known].map(([hash, definition]) => ({
          op: 'run' as const,
          statement: 'saga.saveDefinition',
          params: {
            hash,
            name: definition.name,
            version: definition.version,
            body: JSON.stringify(definition),
            nowMs,
          },
        })),
      );
      for (const [hash, definition] of known) refuseMissing(definition, hash, 0, has);
      for (const row of await store.query('saga.alive')) {
        const hash = String(row.hash);
        refuseMissing(await byHash(hash), hash, Number(row.running), has);
      }
    },
  };
}

/** Errors: SAGA_ACTIVITY_MISSING. */
function refuseMissing(
  definition: SagaDefinition,
  hash: string,
  running: number,
  has: (ref: ActivityRef) => boolean,
): void {
  for (const node of Object.values(definition.nodes)) {
    if (node.kind !== 'step') continue;
    const refs = [node.activity, ...(node.compensation === undefined ? [] : [node.compensation.activity])];
    const missing = refs.find((ref) => !has(ref));
    if (missing === undefined) continue;
    throw new ApplianceError('SAGA_ACTIVITY_MISSING', {
      definition: definition.name,
      hash: hash.slice(0, 12),
      activity: activityName(missing),
      running,
    });
  }
}
