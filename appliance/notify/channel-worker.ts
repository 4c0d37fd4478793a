import type { Clock } from '#contracts/clock.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { noticeLost } from '#contracts/events/notify.ts';
import type { Log } from '#contracts/log.ts';
import type { ChannelStatus, Notice } from '#contracts/notify.ts';
import type { SqlRow, Store, StoreOp } from '#contracts/store.ts';
import type { Channel } from './channels/channel.ts';
import { backoffMs, limits } from './limits.ts';

export interface ChannelWorker {
  /** Something may be due. */
  wake(): void;
  /** A row more waits; counted ahead of its commit, so that a burst cannot pass the limit. */
  expect(): void;
  /** Tells a notice at once, past those that wait; what became of it, in words. Rejects with the reason. */
  tryOut(notice: Notice): Promise<string>;
  status(): Pick<ChannelStatus, 'state' | 'reason' | 'waitingCount'>;
  stop(): Promise<void>;
}

interface Delivery {
  readonly noticeId: string;
  readonly notice: Notice;
  readonly madeMs: number;
  readonly ends: boolean;
  readonly answered: boolean;
  readonly attempts: number;
}

/** Works off the rows of one channel, one after the other. Other channels have their own worker. */
export function createWorker(parts: {
  name: string;
  channel: Channel;
  store: Store;
  clock: Clock;
  log: Log;
  site: string;
  /** The channel has died, with its reason, or is well again. */
  onState: (reason: string | null) => void;
}): ChannelWorker {
  const { name, channel, store, clock, log, site } = parts;
  let strikes = 0;
  let reason: string | null = null;
  let waiting = 0;
  let restUntilMs = 0;
  let cancel = () => {};
  let again = false;
  let stopped = false;
  let running: Promise<void> | null = null;

  const wake = () => {
    if (stopped) return;
    if (running !== null) {
      again = true;
      return;
    }
    cancel();
    running = workOff()
      .catch((error: unknown) => {
        if (stopped) return;
        log.warn({ err: error, channel: name }, 'notices wait for the store');
        arm(clock.nowMs() + limits.backoffFirstMs);
      })
      .finally(() => {
        running = null;
        if (again) {
          again = false;
          wake();
        }
      });
  };

  const arm = (atMs: number) => {
    cancel();
    cancel = clock.after(Math.max(0, atMs - clock.nowMs()), wake);
  };

  const workOff = async (): Promise<void> => {
    while (!stopped && clock.nowMs() >= restUntilMs) {
      const nowMs = clock.nowMs();
      const rows = await store.query('notify.due', { channel: name, nowMs, countMax: limits.batchCount });
      if (rows.length === 0) break;
      for (const row of rows) {
        await handle(deliveryOf(row));
        if (stopped || clock.nowMs() < restUntilMs) break;
      }
    }
    const [next] = await store.query('notify.next', { channel: name });
    waiting = Number(next?.waiting ?? 0);
    const nextMs = next?.next_ms ?? null;
    if (!stopped && nextMs !== null) arm(Math.max(Number(nextMs), restUntilMs));
  };

  const handle = async (delivery: Delivery): Promise<void> => {
    const { noticeId, madeMs, attempts } = delivery;
    try {
      if (delivery.ends) await endCall(delivery);
      else if (!isMoot(delivery)) await channel.deliver(delivery.notice, attempts + 1);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      strike(words);
      const nowMs = clock.nowMs();
      if (nowMs - madeMs >= limits.ageMsMax)
        return commit(lostOps(site, name, noticeId, attempts + 1, words, nowMs));
      const nextMs = nowMs + backoffMs(attempts + 1);
      return commit([run('notify.failed', { noticeId, channel: name, reason: words, nextMs })]);
    }
    well();
    await commit([told(delivery), run('notify.forget', { beforeMs: clock.nowMs() - limits.keptMs })]);
  };

  /** There is no use in calling for somebody who has come. */
  const isMoot = ({ answered }: Delivery): boolean => answered && channel.call !== undefined;

  /** The last of several calls ends them all. */
  const endCall = async ({ notice, attempts }: Delivery): Promise<void> => {
    const [row] = await store.query('notify.calling', { channel: name });
    if (Number(row?.until_ms ?? 0) > clock.nowMs()) return;
    await channel.call?.end(notice, attempts + 1);
  };

  const told = (delivery: Delivery): StoreOp => {
    const { noticeId } = delivery;
    const nowMs = clock.nowMs();
    const forMs = delivery.ends || isMoot(delivery) ? undefined : channel.call?.forMs;
    return run('notify.told', {
      noticeId,
      channel: name,
      phase: forMs === undefined ? 'done' : 'end',
      nowMs,
      nextMs: forMs === undefined ? null : nowMs + forMs,
      endedMs: forMs === undefined ? nowMs : null,
    });
  };

  const commit = async (ops: readonly StoreOp[]) => void (await store.commit(ops));

  const strike = (words: string) => {
    strikes += 1;
    if (strikes < limits.strikesMax) return;
    reason = words;
    restUntilMs = clock.nowMs() + backoffMs(strikes);
    if (strikes === limits.strikesMax) parts.onState(words);
  };
  const well = () => {
    strikes = 0;
    reason = null;
    // It may also have been too slow for what was asked of it.
    if (waiting < limits.waitingMax / 2) parts.onState(null);
  };

  return {
    wake,
    expect() {
      waiting += 1;
    },
    async tryOut(notice) {
      const { noticeId } = notice;
      const nowMs = clock.nowMs();
      if (channel.call !== undefined) {
        // Written down first: what calls is ended, whatever becomes of this process.
        const params = { noticeId, channel: name, body: JSON.stringify(notice), nowMs };
        await commit([run('notify.calls', { ...params, nextMs: nowMs + limits.testCallMs })]);
      }
      const said = await channel.deliver(notice, 1);
      if (said === null) throw new Error('it has nobody to tell: name somebody under "to"');
      restUntilMs = 0;
      well();
      wake();
      return said;
    },
    status: () => ({ state: reason === null ? 'ok' : 'failing', reason, waitingCount: waiting }),
    async stop() {
      stopped = true;
      cancel();
      channel.close();
      await running;
    },
  };
}

/** Rows and event of a notice that is given up. */
export function lostOps(
  site: string,
  channel: string,
  noticeId: string,
  attempts: number,
  reason: string,
  nowMs: number,
): StoreOp[] {
  const context = { site, component: 'notify', nowMs, correlationId: noticeId };
  const data = { noticeId, channel, attempts, reason };
  return [
    run('notify.lost', { noticeId, channel, reason, nowMs }),
    { op: 'append', event: createEvent(noticeLost, noticeId, data, context) },
  ];
}

const run = (statement: string, params: Extract<StoreOp, { op: 'run' }>['params']): StoreOp => ({
  op: 'run',
  statement,
  params,
});

const deliveryOf = (row: SqlRow): Delivery => ({
  noticeId: String(row.notice_id),
  notice: JSON.parse(String(row.body)) as Notice,
  madeMs: Number(row.made_ms),
  ends: row.phase === 'end',
  answered: Number(row.answered) === 1,
  attempts: Number(row.attempts),
});
