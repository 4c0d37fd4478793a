import { OFFSET_NONE, type Offset, offset as offsetOf } from '#contracts/ids.ts';
import type { Store } from '#contracts/store.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';

/** Accepted orders that wait to begin. There is room for so many; past that, who brings one comes again later. */
export interface Backlog {
  /**
   * A place for one more, taken at once: those who come together do not take the same one. The function gives it
   * back, with the offset of the order when it was accepted. Null when there is no room.
   */
  enter(): ((accepted: Offset | null) => void) | null;
  size(): number;
}
/** What the admission tells of it. */
export interface BacklogCount extends Backlog {
  /** Takes up what was accepted before the restart: the rows, and what lies in the log after `read`. */
  open(type: string, read: Offset): Promise<void>;
  /** Rows came, began or were dropped; what the log has up to `read` is among them. */
  recount(read?: Offset): Promise<void>;
}

const ALARM_ID = 'orders-backlog';
/** Share of the limit at which the alarm clears, so that it does not come and go with each order. */
const RELIEVED_AT = 0.9;

export function createBacklog(parts: {
  store: Store;
  alarms: TaskAbilities['alarms'];
  waitingMax: number;
}): BacklogCount {
  const { store, alarms, waitingMax } = parts;
  let rows = 0;
  let coming = 0;
  const unread = new Set<Offset>();
  let readUpTo = OFFSET_NONE;
  let asked = 0;
  let answered = 0;

  const size = () => rows + coming + unread.size;

  const recount = async (read: Offset = readUpTo): Promise<void> => {
    asked += 1;
    const turn = asked;
    const [row] = await store.query('orders.countWaiting');
    if (turn > answered) {
      answered = turn;
      rows = Number(row?.count ?? 0);
    }
    // Only now: in between they count twice, rather than not at all.
    if (read > readUpTo) readUpTo = read;
    for (const offset of unread) if (offset <= readUpTo) unread.delete(offset);
    if (size() <= waitingMax * RELIEVED_AT) alarms.clear(ALARM_ID);
  };

  return {
    enter() {
      if (size() >= waitingMax) {
        alarms.raise({
          alarmId: ALARM_ID,
          severity: 'high',
          source: 'orchestrator',
          text: `${waitingMax} accepted orders wait to begin: no more are taken until some have begun`,
          hint: 'Look at what holds up those that run: tasks, robots, alarms. The limit is sagas.waitingMax.',
        });
        return null;
      }
      coming += 1;
      return (accepted) => {
        coming -= 1;
        if (accepted !== null && accepted > readUpTo) unread.add(accepted);
      };
    },
    size,
    async open(type, read) {
      for (const { offset } of await store.query('orders.unread', { type, read })) {
        unread.add(offsetOf(Number(offset)));
      }
      await recount(read);
    },
    recount,
  };
}
