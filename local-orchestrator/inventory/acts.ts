import type { Clock } from '#contracts/clock.ts';
import { ApplianceError, isApplianceError } from '#contracts/errors.ts';
import { createEvent, type EventDefinition } from '#contracts/events/envelope.ts';
import type { Store, StoreOp } from '#contracts/store.ts';

/** Every act carries a key: done once, answered the same however often it is asked for. */
export interface ActContext {
  readonly key: string;
  readonly orderId: string;
  readonly traceparent: string | null;
}

export interface Prepared<T> {
  readonly ops: readonly StoreOp[];
  readonly result: T;
}

/** What all changes of stock are made of. */
export interface Acts {
  /**
   * Does an act once: looks, prepares, commits; somebody else's change in between starts it over.
   * Errors: STOCK_GIVEN_UP when `giveUp` came first.
   */
  once<T>(act: ActContext, prepare: () => Promise<Prepared<T>>): Promise<T>;
  /**
   * Makes amends for the act of `key`, once. One that has not been done yet must not be done by a straggler
   * afterwards: then only this is written down.
   */
  giveUp(key: string, act: ActContext, prepare: () => Promise<readonly StoreOp[]>): Promise<void>;
  event(definition: EventDefinition, subject: string, data: object, act: ActContext): StoreOp;
}

const GIVEN_UP = 'given up';
/** Two that want the same: the loser looks again. */
const CONFLICT_TRIES_MAX = 20;

/** One statement over many rows, each of which it must change. */
export const changeRows = (
  statement: string,
  rows: readonly (readonly (string | number)[])[],
  more: Record<string, string | number> = {},
): StoreOp[] =>
  rows.length === 0
    ? []
    : [{ op: 'run', statement, params: { rows: JSON.stringify(rows), ...more }, changes: rows.length }];

export function createActs(parts: { store: Store; clock: Clock; site: string }): Acts {
  const { store, clock, site } = parts;

  const recorded = async (key: string): Promise<{ readonly value: unknown } | undefined> => {
    const [row] = await store.query('inventory.act', { key });
    return row === undefined ? undefined : { value: JSON.parse(String(row.result)) as unknown };
  };
  const record = (key: string, result: unknown): StoreOp => {
    const params = { key, result: JSON.stringify(result), nowMs: clock.nowMs() };
    return { op: 'run', statement: 'inventory.act', params };
  };

  const once = async <T>(act: ActContext, prepare: () => Promise<Prepared<T>>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      const known = await recorded(act.key);
      if (known?.value === GIVEN_UP) throw new ApplianceError('STOCK_GIVEN_UP', { key: act.key });
      if (known !== undefined) return known.value as T;
      const { ops, result } = await prepare();
      try {
        await store.commit([record(act.key, result), ...ops], { reserve: true });
        return result;
      } catch (error) {
        if (!isApplianceError(error, 'STORE_CONFLICT') || tries >= CONFLICT_TRIES_MAX) throw error;
      }
    }
  };

  return {
    once,
    giveUp: (key, act, prepare) =>
      once<null>(act, async () => {
        const done = await recorded(key);
        return { ops: done === undefined ? [record(key, GIVEN_UP)] : await prepare(), result: null };
      }).then(() => {}),
    event(definition, subject, data, act) {
      const traceparent = act.traceparent ?? undefined;
      const correlationId = act.orderId;
      const context = { site, component: 'inventory', nowMs: clock.nowMs(), correlationId, traceparent };
      return { op: 'append', event: createEvent(definition, subject, data, context, act.orderId) };
    },
  };
}
