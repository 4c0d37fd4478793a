import type { Clock } from '#contracts/clock.ts';
import type { LimitConfig, LimitQueue, LimitUse } from '#contracts/limits.ts';
import { createLimits, type TurnsBefore } from '../activities/limits.ts';
import type { Intent } from '../decide/decision.ts';
import { workKey } from '../decide/names.ts';
import type { Position, SagaState } from '../decide/state.ts';
import type { WorkRef } from '../decide/work-ref.ts';

/**
 * Turns of sagas at limits. A turn is held as long as the work waits for it, runs, or is asked about: what the state
 * says is the one truth, so that no turn is lost whatever becomes of an attempt.
 */
export interface Turns {
  /** Nothing is granted before: what ran when the process ended takes up its turn first. */
  begin(before: TurnsBefore): void;
  queue(sagaId: string, intent: Extract<Intent, { do: 'queue' }>): void;
  unqueue(sagaId: string, work: Omit<WorkRef, 'attempt'>): void;
  /** After each transition: gives back what the saga has no use for any more. */
  settle(state: SagaState): void;
  use(): readonly LimitUse[];
  queues(): readonly LimitQueue[];
  stop(): void;
}

interface Holder {
  readonly sagaId: string;
  readonly work: Omit<WorkRef, 'attempt'>;
}

export function createTurns(parts: {
  clock: Clock;
  site: readonly LimitConfig[];
  granted: (sagaId: string, work: Omit<WorkRef, 'attempt'>) => void;
}): Turns {
  const holders = new Map<string, Holder>();
  const ofSaga = new Map<string, Set<string>>();
  const limits = createLimits({
    clock: parts.clock,
    site: parts.site,
    granted(id) {
      const holder = holders.get(id);
      if (holder !== undefined) parts.granted(holder.sagaId, holder.work);
    },
  });

  const giveBack = (id: string) => {
    const sagaId = holders.get(id)?.sagaId ?? '';
    holders.delete(id);
    const ids = ofSaga.get(sagaId);
    ids?.delete(id);
    if (ids?.size === 0) ofSaga.delete(sagaId);
    limits.giveBack(id);
  };

  const sagaOf = (id: string): string => holders.get(id)?.sagaId ?? id;

  return {
    begin: limits.begin,
    queue(sagaId, { work, limits: wanted, taken }) {
      const id = workKey(sagaId, work);
      holders.set(id, { sagaId, work });
      const ids = ofSaga.get(sagaId);
      if (ids === undefined) ofSaga.set(sagaId, new Set([id]));
      else ids.add(id);
      if (taken) limits.occupy(id, wanted);
      else limits.queue(id, wanted);
    },
    unqueue: (sagaId, work) => giveBack(workKey(sagaId, work)),
    settle({ sagaId, positions }) {
      for (const id of [...(ofSaga.get(sagaId) ?? [])]) {
        const work = holders.get(id)?.work;
        if (work === undefined || !positions.some((position) => needsTurn(position, work))) giveBack(id);
      }
    },
    use: limits.use,
    queues: () =>
      limits.queues().map((queue) => ({
        ...queue,
        inside: queue.inside.map(sagaOf),
        next: queue.next.map(sagaOf),
      })),
    stop: limits.stop,
  };
}

function needsTurn(position: Position, { node, visit, role }: Omit<WorkRef, 'attempt'>): boolean {
  if (position.at !== 'work' || position.node !== node) return false;
  if (position.visit !== visit || position.role !== role) return false;
  return position.phase.is !== 'pausing' && position.phase.is !== 'held';
}
