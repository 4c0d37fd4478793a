import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { DefinitionVersion } from '#contracts/rollout.ts';
import type { Store } from '#contracts/store.ts';
import type { Definitions } from '../engine/definitions.ts';
import type { LookBack } from '../history/look-back.ts';
import { recordingFrom } from './past.ts';
import { createRollouts, type Rollouts } from './rollouts.ts';
import { createShadowDesk } from './shadow-desk.ts';
import { createShadows, type Shadows } from './shadows.ts';
import { createVersions } from './versions.ts';

/** Versions as people and the API deal with them. */
export interface SagaVersions {
  list(name?: string): Promise<DefinitionVersion[]>;
  /**
   * Makes a version current, newer or older, which stays so over later releases; `null` for the one that is shipped,
   * and those of later releases. Sagas that run stay on theirs.
   * Errors: ROLLOUT_VERSION_NOT_FOUND, ROLLOUT_VERSION_UNFIT, ROLLOUT_SAME_VERSION, ROLLOUT_UNDER_WAY,
   * ROLLOUT_CURRENT_CHANGED.
   */
  choose(name: string, hash: string | null, by: string, reason: string): Promise<DefinitionVersion[]>;
  /** Told the name when a version has been made current by a person. */
  onChosen(listener: (name: string) => void): () => void;
  readonly rollouts: Pick<Rollouts, 'start' | 'promote' | 'abort' | 'list' | 'onChanged'>;
  readonly shadows: Pick<Shadows, 'start' | 'end' | 'list' | 'reports'>;
}

/** What the orchestrator itself needs of it. */
export interface RolloutRoom extends Pick<Rollouts, 'versionFor' | 'committed'> {
  /** Errors: ROLLOUT_VERSION_UNFIT. After the definitions, before the first saga is begun. */
  open(): Promise<void>;
  stop(): Promise<void>;
  readonly versions: SagaVersions;
}

export function createRolloutRoom(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  definitions: Definitions;
  lookBack: LookBack;
}): RolloutRoom {
  const { log, definitions, lookBack } = parts;
  const versions = createVersions(parts);
  const rollouts = createRollouts({ ...parts, versions });
  const shadows = createShadows({
    desk: createShadowDesk(parts),
    log,
    recordingOf: recordingFrom(lookBack),
    definitionOf: definitions.byHash,
    find: versions.find,
  });

  const listeners = new Set<(name: string) => void>();

  const refuseUnderWay = (name: string) => {
    const rolloutId = rollouts.isUnderWay(name);
    if (rolloutId !== undefined) throw new ApplianceError('ROLLOUT_UNDER_WAY', { name, rolloutId });
  };

  const choose: SagaVersions['choose'] = async (name, prefix, by, reason) => {
    refuseUnderWay(name);
    const shipped = definitions.shipped(name);
    if (prefix === null && shipped === undefined) {
      throw new ApplianceError('ROLLOUT_VERSION_NOT_FOUND', { name, version: 'of this release' });
    }
    const hash = await versions.fit(name, prefix ?? shipped ?? '');
    const kept = await versions.kept(name);
    const isSame = prefix === null ? kept === undefined : kept === hash;
    if (isSame) {
      throw new ApplianceError('ROLLOUT_SAME_VERSION', { name, hash: hash.slice(0, 12) });
    }
    try {
      await versions.choose({ name, hash, by, reason, ...(prefix === null ? {} : { keep: true }) });
    } catch (cause) {
      if (!isApplianceError(cause, 'STORE_CONFLICT')) throw cause;
      refuseUnderWay(name);
      throw new ApplianceError('ROLLOUT_CURRENT_CHANGED', { name }, { cause });
    }
    for (const listener of listeners) listener(name);
    return versions.list(name);
  };

  return {
    async open() {
      await versions.open();
      await rollouts.open();
      await shadows.open();
    },
    async stop() {
      rollouts.stop();
      await shadows.stop();
    },
    versionFor: rollouts.versionFor,
    committed: rollouts.committed,
    versions: {
      list: versions.list,
      choose,
      onChosen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      rollouts,
      shadows,
    },
  };
}
