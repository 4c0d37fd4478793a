import { setImmediate as breathe } from 'node:timers/promises';
import { ApplianceError } from '#contracts/errors.ts';
import type { Offset } from '#contracts/ids.ts';
import type { Log } from '#contracts/log.ts';
import type { Shadow, ShadowReport, ShadowRequest } from '#contracts/rollout.ts';
import type { SagaDefinition } from '#contracts/sagas.ts';
import { playShadow, type Shadowed } from './play-shadow.ts';
import type { Recording } from './recording.ts';

/** A saga that has ended, as its event says. */
export interface Ended {
  readonly sagaId: string;
  readonly definition: string;
}

export interface Made {
  readonly shadowId: string;
  readonly sagaId: string;
  readonly realHash: string;
  readonly shadowed: Shadowed;
}

/** Rows of shadows and their reports. */
export interface ShadowDesk {
  running(): Promise<Shadow[]>;
  list(): Promise<Shadow[]>;
  begin(request: ShadowRequest, by: string, runningCount: number): Promise<Shadow>;
  end(shadow: Shadow, by: string, reason: string): Promise<Shadow>;
  follow(handle: (ended: readonly Ended[], through: Offset) => Promise<void>): () => Promise<void>;
  keep(made: readonly Made[], through: Offset): Promise<void>;
  reports(shadowId: string, countMax: number): Promise<ShadowReport[]>;
}

/**
 * All that a shadow is handed: what was, and where to write what it thinks of it. Neither the command port, nor
 * activities, tasks, or rows of sagas: what is not here cannot be touched by a version that is only tried.
 */
export interface ShadowParts {
  readonly desk: ShadowDesk;
  readonly log: Log;
  /** What a saga really did and heard; undefined when it is gone, or too long. */
  readonly recordingOf: (sagaId: string) => Promise<Recording | undefined>;
  readonly definitionOf: (hash: string) => Promise<SagaDefinition>;
  /** The whole hash of a version that this program knows. Errors: ROLLOUT_VERSION_NOT_FOUND. */
  readonly find: (name: string, prefix: string) => Promise<string>;
}

export interface Shadows {
  open(): Promise<void>;
  stop(): Promise<void>;
  /** Errors: ROLLOUT_VERSION_NOT_FOUND, ROLLOUT_UNDER_WAY, ROLLOUT_TOO_MANY. */
  start(request: ShadowRequest, by: string): Promise<Shadow>;
  /** Errors: ROLLOUT_NOT_FOUND. */
  end(shadowId: string, by: string, reason: string): Promise<Shadow>;
  list(): Promise<Shadow[]>;
  /** Newest first: where it would have acted differently. */
  reports(shadowId: string, countMax: number): Promise<ShadowReport[]>;
}

/** Versions that are played over each saga of their name when it has ended. */
export function createShadows({ desk, log, recordingOf, definitionOf, find }: ShadowParts): Shadows {
  const running = new Map<string, Shadow>();
  let unfollow: (() => Promise<void>) | null = null;

  const follow = () => {
    if (running.size > 0) unfollow ??= desk.follow(handle);
  };

  const handle = async (ended: readonly Ended[], through: Offset): Promise<void> => {
    const made: Made[] = [];
    for (const { sagaId, definition } of ended) {
      for (const shadow of running.values()) {
        if (shadow.name !== definition) continue;
        const one = await play(shadow, sagaId);
        if (one !== null) made.push(one);
      }
    }
    await desk.keep(made, through);
  };

  const play = async (shadow: Shadow, sagaId: string): Promise<Made | null> => {
    try {
      const real = await recordingOf(sagaId);
      if (real === undefined || real.begin.hash === shadow.hash) return null;
      const playing = playShadow(await definitionOf(shadow.hash), shadow.hash, real);
      let step = playing.next();
      while (step.done !== true) {
        await breathe();
        step = playing.next();
      }
      return { shadowId: shadow.shadowId, sagaId, realHash: real.begin.hash, shadowed: step.value };
    } catch (error) {
      log.warn({ err: error, sagaId, shadowId: shadow.shadowId }, 'a saga could not be shadowed');
      return null;
    }
  };

  return {
    async open() {
      for (const shadow of await desk.running()) running.set(shadow.shadowId, shadow);
      follow();
    },
    stop: async () => {
      await unfollow?.();
      unfollow = null;
    },
    async start({ name, hash, reason }, by) {
      const whole = await find(name, hash);
      const shadow = await desk.begin({ name, hash: whole, reason }, by, running.size);
      running.set(shadow.shadowId, shadow);
      follow();
      return shadow;
    },
    async end(shadowId, by, reason) {
      const shadow = running.get(shadowId);
      if (shadow === undefined)
        throw new ApplianceError('ROLLOUT_NOT_FOUND', { what: 'shadow', id: shadowId });
      const ended = await desk.end(shadow, by, reason);
      running.delete(shadowId);
      if (running.size === 0) {
        await unfollow?.();
        unfollow = null;
      }
      return ended;
    },
    list: () => desk.list(),
    reports: (shadowId, countMax) => desk.reports(shadowId, countMax),
  };
}
