import type { SagaDefinition } from '#contracts/sagas.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { RecordedEvent } from '../decide/events.ts';
import type { SagaState } from '../decide/state.ts';
import type { WorkRef } from '../decide/work-ref.ts';
import { stateOf } from './codec.ts';

/** One saga in memory: its last committed state, and what waits to be decided. */
export interface Instance {
  readonly sagaId: string;
  readonly definition: SagaDefinition;
  readonly traceparent: string | null;
  /** The saga that waits for the end of this one. */
  readonly parentId: string | null;
  state: SagaState;
  readonly inbox: InboxItem[];
  /** A transition of it is being written. */
  writing: boolean;
  /** Attempts under way, by command id. */
  readonly running: Map<string, Attempt>;
}

export interface Attempt {
  readonly work: WorkRef;
  readonly controller: AbortController;
  /** When it was dispatched, by the steady clock. */
  readonly sinceMs: number;
  /** When it got its place at its activity. */
  beganMs: number | null;
  readonly timeoutMs: number | null;
  /** It was not heard of for too long. */
  silent: boolean;
}

/**
 * `conflict`: somebody else was first. `full`: the store has no room for what is new; nothing was done. `failed`: a
 * fault of this program, which the log tells of; nothing was done.
 */
export type Outcome = 'changed' | 'unchanged' | 'missing' | 'conflict' | 'full' | 'failed';
export interface InboxItem {
  readonly event: RecordedEvent;
  tries: number;
  readonly done: (outcome: Outcome) => void;
}

export interface InstanceStore {
  get(sagaId: string): Instance | undefined;
  /** From memory or from disk; undefined when there is none that still runs. */
  load(sagaId: string): Promise<Instance | undefined>;
  /** The state on disk, whatever is in memory. */
  reread(sagaId: string): Promise<SagaState | undefined>;
  put(instance: Instance): void;
  drop(sagaId: string): void;
  /** Gives up idle ones, longest unused first, until there are not too many. */
  trim(): void;
  values(): IterableIterator<Instance>;
  readonly size: number;
}

/** Sagas that only wait are dropped from memory beyond this; those with work under way always stay. */
const CACHED_COUNT_MAX = 1_000;
const LOAD_COUNT_MAX = 250;
/** Looked at per trim, so that a memory full of busy sagas does not cost a pass over all of them. */
const TRIM_LOOK_COUNT = 64;

export function createInstanceStore(
  store: Store,
  definitionOf: (hash: string) => Promise<SagaDefinition>,
): InstanceStore {
  const cache = new Map<string, Instance>();
  const loading = new Map<string, Promise<Instance | undefined>>();
  let wanted: string[] = [];
  let batch: Promise<Map<string, Instance>> | null = null;

  const read = async (ids: readonly string[]) => {
    const params = { ids: JSON.stringify(ids) };
    const rows = await store.query('saga.load', params);
    const journals = groupBySaga(await store.query('saga.journal', params));
    const found = new Map<string, Instance>();
    for (const row of rows) {
      const sagaId = String(row.saga_id);
      const definition = await definitionOf(String(row.hash));
      const traceparent = row.traceparent === null ? null : String(row.traceparent);
      const parentId = row.parent_id === null ? null : String(row.parent_id);
      const state = stateOf(row, journals.get(sagaId) ?? []);
      found.set(sagaId, freshInstance(definition, state, { traceparent, parentId }));
    }
    return found;
  };

  /** Whoever asks within one turn of the loop is served by one query. */
  const nextBatch = () => {
    batch ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      const ids = wanted;
      wanted = [];
      batch = null;
      const found = new Map<string, Instance>();
      for (let from = 0; from < ids.length; from += LOAD_COUNT_MAX) {
        for (const [id, one] of await read(ids.slice(from, from + LOAD_COUNT_MAX))) found.set(id, one);
      }
      return found;
    });
    return batch;
  };

  const load = (sagaId: string): Promise<Instance | undefined> => {
    const cached = cache.get(sagaId);
    if (cached !== undefined) return Promise.resolve(cached);
    const known = loading.get(sagaId);
    if (known !== undefined) return known;
    wanted.push(sagaId);
    const promise = nextBatch()
      .then((found) => {
        // One that was begun meanwhile stays the only one: two would each decide for themselves.
        const instance = cache.get(sagaId) ?? found.get(sagaId);
        if (instance !== undefined) cache.set(sagaId, instance);
        return instance;
      })
      .finally(() => loading.delete(sagaId));
    loading.set(sagaId, promise);
    return promise;
  };

  const trim = () => {
    let looks = 0;
    for (const instance of cache.values()) {
      if (cache.size <= CACHED_COUNT_MAX || looks >= TRIM_LOOK_COUNT) return;
      looks += 1;
      cache.delete(instance.sagaId);
      const idle = !instance.writing && instance.inbox.length === 0 && instance.running.size === 0;
      if (!idle) cache.set(instance.sagaId, instance); // to the end of the line
    }
  };

  return {
    get: (sagaId) => cache.get(sagaId),
    load,
    reread: async (sagaId) => (await read([sagaId])).get(sagaId)?.state,
    put: (instance) => void cache.set(instance.sagaId, instance),
    drop: (sagaId) => void cache.delete(sagaId),
    trim,
    values: () => cache.values(),
    get size() {
      return cache.size;
    },
  };
}

export const freshInstance = (
  definition: SagaDefinition,
  state: SagaState,
  { traceparent, parentId }: Pick<Instance, 'traceparent' | 'parentId'>,
): Instance => ({
  sagaId: state.sagaId,
  definition,
  traceparent,
  parentId,
  state,
  inbox: [],
  writing: false,
  running: new Map(),
});

function groupBySaga(rows: readonly SqlRow[]): Map<string, SqlRow[]> {
  const groups = new Map<string, SqlRow[]>();
  for (const row of rows) {
    const sagaId = String(row.saga_id);
    const group = groups.get(sagaId);
    if (group === undefined) groups.set(sagaId, [row]);
    else group.push(row);
  }
  return groups;
}
