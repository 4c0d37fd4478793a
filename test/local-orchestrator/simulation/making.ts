import type { Random } from '#contracts/clock.ts';
import type { SagaBuilder } from '../../../local-orchestrator/index.ts';
import type { Named } from './activities.ts';
import type { SimWorld } from './world.ts';

/** A definition that is being written: what it knows of is not followed here. */
export type Open = SagaBuilder<Named, unknown>;

/** What the parts of one random definition have in common. */
export interface Making {
  readonly random: Random;
  chance(share: number): boolean;
  readonly code: SimWorld['code'];
  /** What it is made of, for the report. */
  readonly kinds: Set<string>;
  /** Signals that it waits for. */
  readonly signals: Set<string>;
  /** Nodes that begin another saga. */
  readonly children: string[];
}

export const CHILD = 'sim-child';
export const PARENT = 'sim-parent';
