import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { SAGA_ID_CHARS_MAX } from '#contracts/ids.ts';
import type { Json } from '#contracts/sagas.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { Intent } from '../decide/decision.ts';
import type { SagaEvent } from '../decide/events.ts';
import { hasEnded, type SagaState } from '../decide/state.ts';
import type { Version } from './definitions.ts';
import type { SagaStart } from './engine.ts';
import type { Insist } from './insist.ts';
import type { Instance, Outcome } from './instances.ts';

type ChildEnded = Extract<SagaEvent, { type: 'child-ended' }>;

/**
 * Sagas that belong to another. A child knows its parent by a column of its row. The parent is told of its end after
 * that is on disk; a crash in between is found at the next start, when the parent asks for its child again.
 */
export interface Children {
  start(parent: Instance, intent: Extract<Intent, { do: 'start-child' }>): Promise<void>;
  cancel(parent: Instance, intent: Extract<Intent, { do: 'cancel-child' }>): Promise<void>;
  /** A transition is on disk: tells the parent when it ended a child. */
  committed(instance: Instance, state: SagaState): void;
}

/** The version that a child begins with. Errors: whatever says why it cannot begin. */
export type ChildOf = (saga: string, child: Pick<SagaState, 'sagaId' | 'correlationId' | 'input'>) => Version;

export function createChildren(parts: {
  store: Store;
  insist: Insist;
  /** The current definition. Errors: whatever says why it cannot begin. */
  current: ChildOf;
  begin: (saga: SagaStart) => Promise<Outcome>;
  offer: (sagaId: string, event: SagaEvent) => Promise<Outcome>;
}): Children {
  const { store, insist, offer } = parts;
  /** What is said about a child is said in order: it may be cancelled while it is being begun. */
  const saying = new Map<string, Promise<void>>();

  /** Told to stop, perhaps while it waits to be begun: then it is not. */
  const unwanted = new Set<string>();

  const inOrder = (childId: string, say: () => Promise<void>): Promise<void> => {
    const before = saying.get(childId) ?? Promise.resolve();
    const said: Promise<void> = before.then(say).finally(() => {
      if (saying.get(childId) === said) saying.delete(childId);
    });
    saying.set(childId, said);
    return said;
  };

  const tell = (parentId: string, event: ChildEnded) =>
    insist('a saga was not told that its child ended', parentId, async () => {
      return (await offer(parentId, event)) !== 'conflict';
    });

  const endOnDisk = async (childId: string): Promise<ChildEnded | 'alive' | 'none'> => {
    const [row] = await store.query('saga.state', { sagaId: childId });
    if (row === undefined) return 'none';
    return row.ended_ms === null ? 'alive' : endOf(childId, row);
  };

  /** True when it has begun, or cannot. */
  const begin = async (parent: Instance, childId: string, saga: string, input: Json): Promise<boolean> => {
    const found = await endOnDisk(childId);
    if (found === 'alive') return true;
    if (found !== 'none') {
      await tell(parent.sagaId, found);
      return true;
    }
    if (unwanted.has(childId)) return true; // whoever cancels it tells the parent
    // The id of a child goes on from that of its parent.
    const problem = childId.length > SAGA_ID_CHARS_MAX ? 'sagas are nested too deeply' : null;
    try {
      if (problem !== null) throw new ApplianceError('SAGA_NOT_FOUND', { sagaId: `${childId}: ${problem}` });
      const { correlationId } = parent.state;
      const { traceparent, sagaId: parentId } = parent;
      const child = { sagaId: childId, correlationId, input };
      const start = { ...parts.current(saga, child), ...child, traceparent, parentId };
      const outcome = await parts.begin(start);
      return outcome !== 'conflict' && outcome !== 'full';
    } catch (error) {
      if (!isApplianceError(error) || error.retryable) throw error;
      const reason = error.message;
      await tell(parent.sagaId, { type: 'child-ended', childId, status: 'missing', output: null, reason });
      return true;
    }
  };

  /** True when it is told, or the parent is told that it has ended already, or never began. */
  const cancel = async (parent: Instance, childId: string, reason: string): Promise<boolean> => {
    const by = `saga ${parent.sagaId}`;
    const found = await endOnDisk(childId);
    if (found === 'alive') return (await offer(childId, { type: 'cancel', by, reason })) !== 'conflict';
    await tell(parent.sagaId, found === 'none' ? neverBegun(childId, reason) : found);
    return true;
  };

  return {
    start: (parent, { childId, saga, input }) =>
      inOrder(childId, () =>
        insist('a child could not begin', childId, () => begin(parent, childId, saga, input)),
      ),
    cancel(parent, { childId, reason }) {
      unwanted.add(childId);
      return inOrder(childId, () =>
        insist('a child could not be cancelled', childId, () => cancel(parent, childId, reason)),
      ).finally(() => unwanted.delete(childId));
    },
    committed({ sagaId: childId, parentId }, state) {
      if (parentId === null || !hasEnded(state)) return;
      const { output = null, reason = '' } = state.result ?? {};
      const status = state.status as ChildEnded['status'];
      void tell(parentId, { type: 'child-ended', childId, status, output, reason });
    },
  };
}

const neverBegun = (childId: string, reason: string): ChildEnded => ({
  type: 'child-ended',
  childId,
  status: 'missing',
  output: null,
  reason: `it had not begun: ${reason}`,
});

function endOf(childId: string, row: SqlRow): ChildEnded {
  const { result } = JSON.parse(String(row.state)) as Pick<SagaState, 'result'>;
  const { output = null, reason = '' } = result ?? {};
  return { type: 'child-ended', childId, status: row.status as ChildEnded['status'], output, reason };
}
