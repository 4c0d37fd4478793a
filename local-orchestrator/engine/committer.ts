import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Store, StoreOp } from '#contracts/store.ts';
import type { SagaState } from '../decide/state.ts';
import { type Transition, transitionOps } from './codec.ts';
import type { InboxItem, Instance, Outcome } from './instances.ts';

/** A transition on its way to the disk. */
export interface Writing {
  readonly instance: Instance;
  readonly item: InboxItem;
  readonly transition: Transition;
}

/** What becomes of the transitions of a batch; each is told exactly once. */
export interface Settling {
  committed(one: Writing): void;
  /** Not on disk: its event is to be decided anew. */
  again(one: Writing): void;
  /** Not on disk, and never will be as it is: the saga keeps the event for a person. */
  faulted(one: Writing, reason: string): void;
  /** Not on disk, and not to be tried again. */
  over(one: Writing, outcome: Outcome): void;
  /** The store takes nothing for now. */
  pause(): void;
  /** The store takes nothing any more. */
  close(): void;
}

export interface Committer {
  /** `reserve`: it may use the room that is kept for what has begun. Never rejects. */
  commit(batch: readonly Writing[], reserve: boolean): Promise<void>;
}

/** Times an event is decided anew because somebody else had written a row first. */
const CONFLICT_TRIES_MAX = 3;

/** Writes batches of transitions, each batch one transaction, and sorts out those that the store refuses. */
export function createCommitter(parts: {
  store: Store;
  log: Log;
  site: string;
  /** Rows of others about the transitions. */
  opsAbout: (batch: readonly Writing[]) => readonly StoreOp[];
  /** The state on disk. */
  reread: (sagaId: string) => Promise<SagaState | undefined>;
  settling: Settling;
}): Committer {
  const { store, log, site, opsAbout, reread, settling } = parts;

  const opsOf = (batch: readonly Writing[]): StoreOp[] => {
    const transitions = batch.map(({ transition }) => transition);
    return [...transitionOps(transitions, site), ...opsAbout(batch)];
  };

  const write = async (batch: readonly Writing[], reserve: boolean): Promise<void> => {
    try {
      await store.commit(opsOf(batch), { reserve });
    } catch (error) {
      return refused(batch, reserve, error);
    }
    for (const one of batch) tell(one);
  };

  /** It is on disk, whatever becomes of telling it. */
  const tell = (one: Writing): void => {
    try {
      settling.committed(one);
    } catch (error) {
      log.error({ err: error, sagaId: one.instance.sagaId }, 'a transition could not be carried out');
    }
  };

  /** Nothing of the batch is on disk. */
  const refused = async (batch: readonly Writing[], reserve: boolean, error: unknown): Promise<void> => {
    if (isApplianceError(error, 'STORE_CLOSED') || isApplianceError(error, 'STORE_BROKEN')) {
      settling.close();
      for (const one of batch) settling.over(one, 'missing');
      return;
    }
    if (isApplianceError(error) && error.retryable && error.code !== 'STORE_CONFLICT') {
      // Disk full or failing: what has begun waits for room; what has not is begun another time.
      log.warn({ code: error.code, transitions: batch.length }, `transitions wait: ${error.message}`);
      for (const one of batch) {
        if (reserve) settling.again(one);
        else settling.over(one, 'full');
      }
      if (reserve) settling.pause();
      return;
    }
    // One of them met a row that somebody else had changed. Alone, the others go through.
    if (batch.length > 1) {
      for (const one of batch) await write([one], reserve);
      return;
    }
    for (const one of batch) {
      if (isApplianceError(error, 'STORE_CONFLICT')) await conflicted(one, error);
      else failed(one, error);
    }
  };

  /** A fault of this program, or too much for one row. Whoever asked is told; anything else is kept for a person. */
  const failed = (one: Writing, error: unknown): void => {
    const { instance, item } = one;
    const { type } = item.event;
    log.error({ err: error, sagaId: instance.sagaId, event: type }, 'a transition could not be written');
    const isAsked = type === 'started' || type === 'task-decided' || type === 'cancel';
    if (type === 'faulted' || isAsked || instance.state.seq === 0) settling.over(one, 'failed');
    else settling.faulted(one, error instanceof Error ? error.message : String(error));
  };

  const conflicted = async (one: Writing, error: unknown): Promise<void> => {
    const { instance, item } = one;
    const { sagaId } = instance;
    item.tries += 1;
    const isPerson = item.event.type === 'task-decided';
    if (instance.state.seq === 0 || isPerson || item.tries >= CONFLICT_TRIES_MAX) {
      log.info({ sagaId, event: item.event.type, err: error }, 'an event was not taken');
      return settling.over(one, 'conflict');
    }
    let current: SagaState | undefined;
    try {
      current = await reread(sagaId);
    } catch (failure) {
      return failed(one, failure);
    }
    if (current === undefined) return settling.over(one, 'missing');
    instance.state = current;
    settling.again(one);
  };

  return { commit: write };
}
