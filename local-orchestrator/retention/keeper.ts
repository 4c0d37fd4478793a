import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';

/**
 * Statements that delete what belongs to sagas, by the ids in `:ids` (a JSON list). Children of a row come before it,
 * so that a batch that was cut short leaves nothing behind that nobody finds again.
 */
const sagaRows = [
  'task.forgetAudit',
  'task.forget',
  'dead-letter.forget',
  'inventory.forgetActs',
  'inventory.forgetReservations',
  'docks.forget',
  'work.forgetSteps',
  'work.forgetProgress',
  'saga.forgetSignals',
  'saga.forgetInputs',
  'saga.forgetInstances',
] as const;

export interface Keeper {
  start(): void;
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How often it looks for what has become old. */
const LOOK_MS = 3_600_000;
/** A box without a battery learns the time from the network, some minutes after its start. */
const FIRST_LOOK_MS = 600_000;
/** Between two batches, so that whoever waits for the store comes in between. */
const PAUSE_MS = 50;
/** Sagas looked at in one batch; the history rows of one batch are bounded by the other. */
const SAGAS_MAX = 50;
const HISTORY_ROWS_MAX = 1_000;
const ORDERS_MAX = 200;
const REDRIVES_MAX = 20;
const SIGNALS_MAX = 500;

/**
 * Deletes what ended more than so many days ago: sagas with everything that belongs to them, orders, re-drives, and
 * signals that nobody came for. Small batches, and on the reserve: deleting makes room. Figures stay as sums.
 * A wall clock that has been set since the last look is not believed before the next one: set a year ahead by mistake,
 * it would take everything along.
 *
 * An id of a saga or an order that was deleted may be used again; until then, its repeats are known.
 */
export function createKeeper(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  keepDays: number;
  /** Statements of others that delete what they know of orders, by the ids in `:ids`. */
  forgetOrders?: readonly string[];
}): Keeper {
  const { store, clock, log, forgetOrders = [] } = parts;
  let stopped = false;
  let disarm = () => {};
  let working: Promise<void> = Promise.resolve();

  let seen = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  /** Now, or less where the wall clock was set forward since the last look. */
  const certainMs = (): number => {
    const before = seen;
    seen = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    return Math.min(seen.wallMs, before.wallMs + (seen.monotonicMs - before.monotonicMs));
  };

  const look = () => {
    working = sweep(certainMs() - parts.keepDays * DAY_MS)
      .catch((error: unknown) => {
        if (!stopped) log.warn({ err: error }, 'old sagas could not be deleted; will try again');
      })
      .then(() => {
        if (!stopped) disarm = clock.after(LOOK_MS, look);
      });
  };

  const sweep = async (beforeMs: number): Promise<void> => {
    for (const batch of [sagasBefore, ordersBefore, redrivesBefore, signalsBefore]) {
      while (!stopped && (await batch(beforeMs))) await pause();
    }
  };

  const pause = () =>
    new Promise<void>((resolve) => {
      if (stopped) return resolve();
      const cancel = clock.after(PAUSE_MS, resolve);
      disarm = () => {
        cancel();
        resolve();
      };
    });

  const commit = (ops: readonly StoreOp[]) => store.commit(ops, { reserve: true });

  /** True when there may be more. */
  const sagasBefore = async (beforeMs: number): Promise<boolean> => {
    const rows = await store.query('saga.endedBefore', { beforeMs, countMax: SAGAS_MAX });
    const [first] = rows;
    if (first === undefined) return false;
    const batch = fitting(rows);
    if (Number(first.seq) > HISTORY_ROWS_MAX) return forgetStretch(first);
    const ids = JSON.stringify(batch.map((row) => String(row.saga_id)));
    await commit(['saga.forgetHistory', ...sagaRows].map((statement) => run(statement, { ids })));
    return true;
  };

  /** The history of one long saga goes in stretches, oldest first; the saga itself with the last of them. */
  const forgetStretch = async ({ saga_id, first_seq, seq }: SqlRow): Promise<boolean> => {
    const sagaId = String(saga_id);
    const throughSeq = Number(first_seq ?? seq) + HISTORY_ROWS_MAX;
    const ops = [run('saga.forgetHistoryThrough', { sagaId, throughSeq })];
    if (throughSeq >= Number(seq)) {
      ops.push(...sagaRows.map((statement) => run(statement, { ids: JSON.stringify([sagaId]) })));
    }
    await commit(ops);
    return true;
  };

  const ordersBefore = async (beforeMs: number): Promise<boolean> => {
    const rows = await store.query('orders.endedBefore', { beforeMs, countMax: ORDERS_MAX });
    if (rows.length === 0) return false;
    const ids = JSON.stringify(rows.map((row) => String(row.order_id)));
    // One that was cancelled while it waited has an input and no saga.
    const sagaIds = JSON.stringify(rows.map((row) => String(row.saga_id)));
    const own = [run('saga.forgetInputs', { ids: sagaIds }), run('orders.forget', { ids })];
    await commit([...own, ...forgetOrders.map((statement) => run(statement, { ids }))]);
    return true;
  };

  const redrivesBefore = async (beforeMs: number): Promise<boolean> => {
    const rows = await store.query('dead-letter.endedBefore', { beforeMs, countMax: REDRIVES_MAX });
    if (rows.length === 0) return false;
    const ids = JSON.stringify(rows.map((row) => String(row.redrive_id)));
    await commit([run('dead-letter.forgetItems', { ids }), run('dead-letter.forgetRedrives', { ids })]);
    return true;
  };

  const signalsBefore = async (beforeMs: number): Promise<boolean> => {
    const [found] = await store.query('saga.droppedBefore', { beforeMs });
    if (found === undefined) return false;
    await commit([run('saga.forgetDropped', { beforeMs, countMax: SIGNALS_MAX })]);
    return true;
  };

  return {
    start() {
      seen = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
      disarm = clock.after(FIRST_LOOK_MS, look);
    },
    async stop() {
      stopped = true;
      disarm();
      await working;
    },
  };
}

const run = (statement: string, params: Record<string, string | number>): StoreOp => ({
  op: 'run',
  statement,
  params,
});

/** As many as have a bounded history together. */
function fitting(rows: readonly SqlRow[]): readonly SqlRow[] {
  let sum = 0;
  return rows.filter(({ seq }) => {
    sum += Number(seq);
    return sum <= HISTORY_ROWS_MAX;
  });
}
