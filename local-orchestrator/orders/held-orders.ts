import type { Clock } from '#contracts/clock.ts';
import type { ApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { SqlRow, Store } from '#contracts/store.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';

/** Orders that cannot begin here, such as for want of a device: others go past them, and one alarm tells of them all. */
export interface HeldOrders {
  /** Takes up those of before the restart. */
  open(): Promise<void>;
  hold(orderIds: readonly string[], why: ApplianceError): Promise<void>;
  stop(): void;
}

const ALARM_ID = 'orders-held';
/** What they lack may come without a restart: another version of the saga may be chosen. */
const LOOK_MS = 60_000;
/** Enough to meet both sides of a rollout. */
const LOOK_COUNT = 100;

export function createHeldOrders(parts: {
  store: Store;
  clock: Clock;
  log: Log;
  alarms: TaskAbilities['alarms'];
  /** Why this order cannot begin; null when it can. */
  problemOf: (row: SqlRow) => ApplianceError | null;
  /** They stand in line again. */
  onReleased: () => void;
}): HeldOrders {
  const { store, clock, log, alarms } = parts;
  let stopped = false;
  let disarm: () => void = () => {};

  const look = async (): Promise<void> => {
    const rows = await store.query('orders.held', { countMax: LOOK_COUNT });
    const problems = rows.map(parts.problemOf);
    const [why] = problems;
    if (why != null && !problems.includes(null)) return tell(why);
    if (rows.length > 0) {
      await store.commit([{ op: 'run', statement: 'orders.release', params: {} }], { reserve: true });
      log.info({ orders: rows.length }, 'orders that were held can begin');
      parts.onReleased();
    }
    alarms.clear(ALARM_ID);
  };

  const tell = ({ message, hint }: ApplianceError): void => {
    const text = `Orders wait and cannot begin: ${message}`;
    alarms.raise({ alarmId: ALARM_ID, severity: 'high', source: 'orchestrator', text, hint });
    arm();
  };

  const arm = (): void => {
    disarm();
    if (stopped) return;
    disarm = clock.after(LOOK_MS, () => {
      look().catch((error: unknown) => {
        if (stopped) return;
        log.warn({ err: error }, 'held orders could not be looked at; will try again');
        arm();
      });
    });
  };

  return {
    open: look,
    async hold(orderIds, why) {
      const params = { ids: JSON.stringify(orderIds) };
      await store.commit([{ op: 'run', statement: 'orders.hold', params }], { reserve: true });
      log.warn({ orders: orderIds.length, code: why.code }, `orders are held: ${why.message}`);
      tell(why);
    },
    stop() {
      stopped = true;
      disarm();
    },
  };
}
