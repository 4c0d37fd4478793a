import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import type { Store } from '#contracts/store.ts';
import { checkDefinition, refuseFound } from '../definition/check.ts';
import { childFindings } from '../definition/check-children.ts';
import { definitionHash } from '../definition/hash.ts';
import { refuseLacking, type Supplies } from './needs.ts';

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
  /** The current one, if it can run here. Errors: SAGA_NOT_FOUND, and those of `refuseLacking`. */
  startable(name: string): Version;
  /**
   * Stores the current ones, and refuses the start when a running saga, or a definition of the site, needs what this
   * release and its devices lack. Shipped ones that the site has no devices for are refused when they are begun.
   *
   * Errors: those of `refuseLacking`; SAGA_DEFINITION_INVALID for a child that is given what it does not take.
   */
  open(supplies: Supplies): Promise<void>;
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
  /** Names of those that a site may lack the devices for, as long as none of them runs. */
  optional: ReadonlySet<string>;
}): Definitions {
  const { store, clock } = parts;
  const known = new Map<string, SagaDefinition>();
  const names = new Map<string, string>();
  const chosen = new Map<string, string>();
  let supplies: Supplies | null = null;
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

  const current = (name: string): Version => {
    const hash = chosen.get(name) ?? names.get(name);
    const definition = hash === undefined ? undefined : known.get(hash);
    if (hash === undefined || definition === undefined) {
      throw new ApplianceError('SAGA_NOT_FOUND', { sagaId: `definition ${name}` });
    }
    return { definition, hash };
  };

  return {
    byHash,
    current,
    startable(name) {
      const version = current(name);
      if (supplies !== null) refuseLacking(version.definition, version.hash, 0, supplies);
      return version;
    },
    shipped: (name) => names.get(name),
    use(name, hash) {
      if (hash === null) chosen.delete(name);
      else chosen.set(name, hash);
    },
    async lack(hash) {
      try {
        if (supplies !== null) refuseLacking(await byHash(hash), hash, 0, supplies);
        return null;
      } catch (error) {
        if (isApplianceError(error)) return error.message;
        throw error;
      }
    },
    async open(has) {
      supplies = has;
      for (const one of parts.current) refuseFound(one, childFindings(one, parts.current));
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
      const relaxed: Supplies = { ...has, capability: () => true };
      for (const [hash, definition] of known) {
        refuseLacking(definition, hash, 0, parts.optional.has(definition.name) ? relaxed : has);
      }
      for (const row of await store.query('saga.alive')) {
        const hash = String(row.hash);
        refuseLacking(await byHash(hash), hash, Number(row.running), has);
      }
    },
  };
}
