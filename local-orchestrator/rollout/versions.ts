import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { versionChosen } from '#contracts/events/rollout.ts';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { Definitions } from '../engine/definitions.ts';

const VERSIONS_MAX = 500;

/** A choice of the version that new sagas of a name get. */
export interface Choice {
  readonly name: string;
  readonly hash: string;
  readonly by: string;
  readonly reason: string;
  /** It stays, whatever a later release brings. Otherwise the version of a release is followed by that of the next. */
  readonly keep?: true;
}

/** All versions of definitions that were ever here, and which of them new sagas get. */
export interface Versions {
  /** Errors: ROLLOUT_VERSION_UNFIT when a version that a person chose can no longer run. */
  open(): Promise<void>;
  list(name?: string): Promise<DefinitionVersion[]>;
  /** The whole hash of what begins so. Errors: ROLLOUT_VERSION_NOT_FOUND. */
  find(name: string, prefix: string): Promise<string>;
  /** The same, of one that can run here. Errors: also ROLLOUT_VERSION_UNFIT. */
  fit(name: string, prefix: string): Promise<string>;
  /** Up or down. Sagas that run stay on theirs. Errors: STORE_CONFLICT when a rollout has begun meanwhile. */
  choose(choice: Choice): Promise<void>;
  /** The version that stays, whatever a release brings; undefined when that of the release is followed. */
  kept(name: string): Promise<string | undefined>;
  /** Rows and event of a choice; `take` when they are on disk. */
  chooseOps(choice: Choice): StoreOp[];
  take(choice: Pick<Choice, 'name' | 'hash' | 'keep'>): void;
}

export function createVersions(parts: {
  store: Store;
  clock: Clock;
  site: string;
  definitions: Definitions;
}): Versions {
  const { store, clock, site, definitions } = parts;
  const isShipped = (name: string, hash: string) => definitions.shipped(name) === hash;
  const isFollowed = ({ name, hash, keep }: Pick<Choice, 'name' | 'hash' | 'keep'>) =>
    keep !== true && isShipped(name, hash);

  const refuseUnfit = async (name: string, hash: string): Promise<void> => {
    const missing = await definitions.lack(hash);
    if (missing === null) return;
    throw new ApplianceError('ROLLOUT_VERSION_UNFIT', { name, hash: hash.slice(0, 12), missing });
  };

  const find = async (name: string, prefix: string): Promise<string> => {
    const [row, another] = await store.query('rollout.versionsLike', { name, prefix });
    if (row === undefined || another !== undefined) {
      throw new ApplianceError('ROLLOUT_VERSION_NOT_FOUND', { name, version: prefix });
    }
    return String(row.hash);
  };

  const chooseOps = (choice: Choice): StoreOp[] => {
    const { name, hash, by, reason } = choice;
    const nowMs = clock.nowMs();
    const data = { name, from: definitions.current(name).hash, to: hash, by, reason };
    const context = { site, component: 'orchestrator', nowMs, correlationId: name };
    return [
      isFollowed(choice)
        ? { op: 'run', statement: 'rollout.unpin', params: { name } }
        : { op: 'run', statement: 'rollout.pin', params: { name, hash, by, reason, nowMs } },
      { op: 'append', event: createEvent(versionChosen, name, data, context) },
    ];
  };

  const take: Versions['take'] = (choice) =>
    definitions.use(choice.name, isFollowed(choice) ? null : choice.hash);

  return {
    async open() {
      for (const row of await store.query('rollout.pins')) {
        const name = String(row.name);
        const hash = String(row.hash);
        await refuseUnfit(name, hash);
        definitions.use(name, hash);
      }
    },
    async list(name) {
      const rows = await store.query('rollout.versions', { name: name ?? null, countMax: VERSIONS_MAX });
      return Promise.all(
        rows.map(async (row) => ({
          name: String(row.name),
          hash: String(row.hash),
          version: Number(row.version),
          title: String(row.title),
          savedAt: new Date(Number(row.saved_ms)).toISOString(),
          running: Number(row.running),
          current: currentHash(definitions, String(row.name)) === row.hash,
          shipped: isShipped(String(row.name), String(row.hash)),
          pinned: row.pinned === 1,
          missing: await definitions.lack(String(row.hash)),
        })),
      );
    },
    find,
    async fit(name, prefix) {
      const hash = await find(name, prefix);
      await refuseUnfit(name, hash);
      return hash;
    },
    async choose(choice) {
      const { name } = choice;
      const noRollout: StoreOp = { op: 'run', statement: 'rollout.underWay', params: { name }, changes: 0 };
      await store.commit([noRollout, ...chooseOps(choice)], { reserve: true });
      take(choice);
    },
    async kept(name) {
      const row = (await store.query('rollout.pins')).find((pin) => pin.name === name);
      return row === undefined ? undefined : String(row.hash);
    },
    chooseOps,
    take,
  };
}

/** Of the version that new sagas get; undefined when neither this release nor the site has one of that name any more. */
export function currentHash(definitions: Definitions, name: string): string | undefined {
  try {
    return definitions.current(name).hash;
  } catch (error) {
    if (isApplianceError(error, 'SAGA_NOT_FOUND')) return undefined;
    throw error;
  }
}
