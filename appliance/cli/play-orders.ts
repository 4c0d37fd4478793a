import type { Problem } from '#contracts/api.ts';
import type { Clock } from '#contracts/clock.ts';
import type { ReplayItem } from '../intake/index.ts';
import { CliError } from './exit.ts';
import type { Answer, LocalApi } from './local-api.ts';

export interface PlayCounts {
  accepted: number;
  repeated: number;
  cancelled: number;
  refused: number;
}

export interface PlayResult extends PlayCounts {
  readonly refusals: readonly { orderId: string; code: string; reason: string }[];
}

export interface PlayOptions {
  readonly api: Pick<LocalApi, 'ask'>;
  readonly clock: Clock;
  /** 60 plays an hour of the file in a minute. */
  readonly speed: number;
  /** How long one order is tried again while the site does not answer, as in a restart. */
  readonly patienceMs: number;
  readonly onProgress: (done: number, counts: PlayCounts) => void;
}

const RETRY_MS = 500;
/** Kept for the summary; the site keeps all of them. */
const REFUSALS_SHOWN_MAX = 100;

/** Plays orders one after the other at their times. Each is idempotent by its id, so a retry is safe. */
export async function playOrders(items: readonly ReplayItem[], options: PlayOptions): Promise<PlayResult> {
  const counts: PlayCounts = { accepted: 0, repeated: 0, cancelled: 0, refused: 0 };
  const refusals: { orderId: string; code: string; reason: string }[] = [];
  const startMs = options.clock.monotonicMs();
  for (const [index, item] of items.entries()) {
    await until(startMs + item.atMs / options.speed, options.clock);
    const answer = await sendPatiently(item, options);
    if (answer.status >= 400) {
      const problem = answer.body as Partial<Problem>;
      counts.refused += 1;
      if (refusals.length < REFUSALS_SHOWN_MAX) {
        refusals.push({ orderId: item.orderId, code: problem.code ?? '', reason: problem.title ?? '' });
      }
    } else if (item.kind === 'cancel') counts.cancelled += 1;
    else if (answer.status === 201) counts.accepted += 1;
    else counts.repeated += 1;
    options.onProgress(index + 1, counts);
  }
  return { ...counts, refusals };
}

function send(item: ReplayItem, api: Pick<LocalApi, 'ask'>): Promise<Answer> {
  const headers = { 'x-holdfast-intake': 'replay' };
  if (item.kind === 'order') return api.ask('POST', '/orders', item.order, headers);
  const path = `/orders/${encodeURIComponent(item.orderId)}/cancel`;
  return api.ask('POST', path, { reason: 'cancelled in the replayed file' }, headers);
}

async function sendPatiently(item: ReplayItem, options: PlayOptions): Promise<Answer> {
  const { api, clock, patienceMs } = options;
  let giveUpMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      const answer = await send(item, api);
      if (!passing.has(answer.status)) return answer;
      // It is there and full: the rest of the file waits for as long as that takes.
      const isFull = (answer.body as Partial<Problem> | undefined)?.code === 'INT_BACKLOG_FULL';
      if (isFull) giveUpMs = clock.monotonicMs() + patienceMs;
      else if (clock.monotonicMs() > giveUpMs) return answer;
    } catch (error) {
      if (!(error instanceof CliError) || clock.monotonicMs() > giveUpMs) throw error;
    }
    await pause(RETRY_MS, clock);
  }
}

/** Of a site that cannot take it just now. */
const passing: ReadonlySet<number> = new Set([429, 503, 507]);

const pause = (ms: number, clock: Clock) => new Promise<void>((resolve) => clock.after(ms, resolve));

async function until(atMs: number, clock: Clock): Promise<void> {
  const leftMs = atMs - clock.monotonicMs();
  if (leftMs > 0) await pause(leftMs, clock);
}
