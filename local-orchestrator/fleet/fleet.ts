import type { Clock } from '#contracts/clock.ts';
import type { RobotState } from '#contracts/devices.ts';
import { isApplianceError } from '#contracts/errors.ts';
import type { Log } from '#contracts/log.ts';
import type { Store } from '#contracts/store.ts';
import { ActivityFailure } from '../activities/activity.ts';
import { chooseRobot, inTurn, isIdle, type RobotWish } from './choose-robot.ts';

/** The robots as the appliance sees them. */
export interface FleetView {
  /** Last known states; a robot whose link is down is `lost`. */
  robots(): readonly RobotState[];
  /** Called when a state changed; may be called often. */
  onChange(listener: () => void): () => void;
}
export interface Lease {
  readonly robotId: string;
  readonly epoch: number;
}
export interface Fleet {
  open(): Promise<void>;
  /** Waits in turn until a robot is free. The same holder gets the same lease, however often it asks. */
  acquire(wish: RobotWish, signal: AbortSignal): Promise<Lease>;
  /** Gives back what the holder has; nothing when it has none, or a newer one than it says. */
  release(holder: string, epoch: number | null): Promise<void>;
  /** That very robot, if it is free and nobody waits for one; null otherwise. */
  take(holder: string, robotId: string): Promise<Lease | null>;
  /**
   * Takes a robot away from whoever has it: with the new epoch, the gate refuses what the old holder still says.
   * The same holder again gets the same answer. `takenFrom` is who had it.
   */
  fence(holder: string, robotId: string): Promise<Lease & { readonly takenFrom: string | null }>;
  /** Who has it now, and the epoch of that lease; epoch 0 before its first one. */
  leaseOf(robotId: string): { readonly epoch: number; readonly holder: string | null };
  leases(): ReadonlyMap<string, string>;
  waitingCount(): number;
  close(): void;
}

interface Waiter {
  readonly wish: RobotWish;
  readonly granted: (lease: Lease) => void;
  readonly failed: (error: unknown) => void;
}
interface Held {
  readonly epoch: number;
  readonly holder: string | null;
  /** Who lost it to a holder that fenced it. */
  readonly takenFrom: string | null;
}
const NEVER_LEASED: Held = { epoch: 0, holder: null, takenFrom: null };

/** Robots report many times a second; who waits for one is looked at this often at most. */
const MATCH_INTERVAL_MS = 50;

export function createFleet(parts: { store: Store; clock: Clock; log: Log; view: FleetView }): Fleet {
  const { store, clock, log, view } = parts;
  const held = new Map<string, Held>();
  const byHolder = new Map<string, Lease>();
  const waiting: Waiter[] = [];
  let disarm: (() => void) | null = null;
  let matching = false;
  let matchedAtMs = Number.NEGATIVE_INFINITY;
  let unwatch: () => void = () => {};

  const isFree = (robotId: string) => (held.get(robotId)?.holder ?? null) === null;

  /** Soon, but not for every report: a pass is only made while somebody waits. */
  const matchSoon = () => {
    if (waiting.length === 0 || disarm !== null || matching) return;
    const sinceMs = clock.monotonicMs() - matchedAtMs;
    disarm = clock.after(Math.max(0, MATCH_INTERVAL_MS - sinceMs), () => {
      disarm = null;
      void match();
    });
  };

  const match = async (): Promise<void> => {
    if (matching) return;
    matching = true;
    matchedAtMs = clock.monotonicMs();
    const grants: Promise<void>[] = [];
    // Usually nobody: then ten thousand waiters cost nothing.
    const idle = view.robots().filter((robot) => isIdle(robot) && isFree(robot.robotId));
    const promised = new Set<string>();
    const free = (robotId: string) => !promised.has(robotId);
    for (const waiter of idle.length === 0 ? [] : [...waiting]) {
      if (promised.size === idle.length) break;
      const robot = chooseRobot(waiter.wish, idle, free);
      if (robot === undefined) continue;
      promised.add(robot.robotId);
      waiting.splice(waiting.indexOf(waiter), 1);
      grants.push(grant(waiter, robot.robotId));
    }
    await Promise.all(grants);
    matching = false;
    if (waiting.length > 0 && grants.length > 0) matchSoon();
  };

  const grant = async (waiter: Waiter, robotId: string): Promise<void> => {
    const { holder } = waiter.wish;
    const epoch = (held.get(robotId)?.epoch ?? 0) + 1;
    const nowMs = clock.nowMs();
    // Ours before the commit, so that nobody else in this process is given it meanwhile.
    held.set(robotId, { epoch, holder, takenFrom: null });
    try {
      await store.commit(
        [
          { op: 'run', statement: 'fleet.known', params: { robotId, nowMs } },
          { op: 'run', statement: 'fleet.grant', params: { robotId, holder, epoch, nowMs }, changes: 1 },
        ],
        { reserve: true },
      );
      const lease = { robotId, epoch };
      byHolder.set(holder, lease);
      waiter.granted(lease);
    } catch (error) {
      held.set(robotId, { epoch: epoch - 1, holder: null, takenFrom: null });
      // What is on disk counts. When that cannot be read either, the next grant finds out: nobody waits here for ever.
      if (isApplianceError(error, 'STORE_CONFLICT')) {
        await read().catch((cause: unknown) =>
          log.warn({ err: cause }, 'leases of robots could not be read'),
        );
      }
      waiter.failed(error);
    }
  };

  const read = async (): Promise<void> => {
    const rows = await store.query('fleet.leases');
    held.clear();
    byHolder.clear();
    for (const row of rows) {
      const robotId = String(row.robot_id);
      const epoch = Number(row.epoch);
      const holder = textOf(row.holder);
      held.set(robotId, { epoch, holder, takenFrom: textOf(row.taken_from) });
      if (holder !== null) byHolder.set(holder, { robotId, epoch });
    }
  };

  return {
    async open() {
      await read();
      unwatch = view.onChange(matchSoon);
    },
    acquire(wish, signal) {
      const lease = byHolder.get(wish.holder);
      if (lease !== undefined) return Promise.resolve(lease);
      return new Promise((resolve, reject) => {
        const leave = () => {
          const index = waiting.indexOf(waiter);
          if (index < 0) return; // it is being granted; the compensation gives it back
          waiting.splice(index, 1);
          reject(new ActivityFailure('ABORTED', 'nobody waits for a robot any more', false));
        };
        const settle = () => signal.removeEventListener('abort', leave);
        const waiter: Waiter = {
          wish,
          granted: (granted) => {
            settle();
            resolve(granted);
          },
          failed: (error) => {
            settle();
            reject(error);
          },
        };
        if (signal.aborted) {
          reject(new ActivityFailure('ABORTED', 'nobody waits for a robot any more', false));
          return;
        }
        signal.addEventListener('abort', leave);
        insertInTurn(waiting, waiter);
        matchSoon();
      });
    },
    async take(holder, robotId) {
      if (waiting.length > 0 || !isFree(robotId) || byHolder.has(holder)) return null;
      const wish = { holder, near: null, robots: [robotId], batteryMin: 0, priority: 0, sinceMs: 0 };
      const granted = new Promise<Lease>((resolve, reject) => {
        void grant({ wish, granted: resolve, failed: reject }, robotId);
      });
      return granted.catch((error: unknown) => {
        if (isApplianceError(error, 'STORE_CONFLICT')) return null;
        throw error;
      });
    },
    async release(holder, wanted) {
      const lease = byHolder.get(holder);
      if (lease === undefined || (wanted !== null && wanted !== lease.epoch)) return;
      const { robotId, epoch } = lease;
      const params = { robotId, holder, epoch, nowMs: clock.nowMs() };
      // No row changes when it was released before, or belongs to somebody else by now: both are fine.
      await store.commit([{ op: 'run', statement: 'fleet.release', params }], { reserve: true });
      const current = held.get(robotId);
      if (current?.holder === holder && current.epoch === epoch)
        held.set(robotId, { epoch, holder: null, takenFrom: null });
      if (byHolder.get(holder)?.epoch === epoch) byHolder.delete(holder);
      log.debug({ robotId, holder, epoch }, 'a robot is free again');
      matchSoon();
    },
    async fence(holder, robotId) {
      const before = held.get(robotId) ?? NEVER_LEASED;
      if (before.holder === holder) return { robotId, epoch: before.epoch, takenFrom: before.takenFrom };
      const epoch = before.epoch + 1;
      const params = { robotId, nowMs: clock.nowMs() };
      try {
        await store.commit(
          [
            { op: 'run', statement: 'fleet.known', params },
            { op: 'run', statement: 'fleet.fence', params: { ...params, holder, epoch }, changes: 1 },
          ],
          { reserve: true },
        );
      } catch (error) {
        // Somebody was given it in between: what is on disk counts, and the step tries again.
        if (isApplianceError(error, 'STORE_CONFLICT')) await read();
        throw error;
      }
      const takenFrom = before.holder;
      if (takenFrom !== null) byHolder.delete(takenFrom);
      held.set(robotId, { epoch, holder, takenFrom });
      byHolder.set(holder, { robotId, epoch });
      log.info({ robotId, holder, takenFrom, epoch }, 'a robot was taken away from its holder');
      return { robotId, epoch, takenFrom };
    },
    leaseOf: (robotId) => held.get(robotId) ?? NEVER_LEASED,
    leases() {
      const leases = new Map<string, string>();
      for (const [robotId, { holder }] of held) if (holder !== null) leases.set(robotId, holder);
      return leases;
    },
    waitingCount: () => waiting.length,
    close() {
      unwatch();
      disarm?.();
      disarm = null;
    },
  };
}

/** The epoch of each robot's newest lease, for whoever has to know them before the fleet opens. */
export async function leaseEpochs(store: Pick<Store, 'query'>): Promise<ReadonlyMap<string, number>> {
  const rows = await store.query('fleet.leases');
  return new Map(rows.map((row) => [String(row.robot_id), Number(row.epoch)]));
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Behind everybody who is as urgent and has waited as long. */
function insertInTurn(waiting: Waiter[], waiter: Waiter): void {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = waiting[middle];
    if (other !== undefined && inTurn(other.wish, waiter.wish) <= 0) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, waiter);
}
