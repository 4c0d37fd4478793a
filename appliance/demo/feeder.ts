import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from '#contracts/clock.ts';
import type { Log } from '#contracts/log.ts';
import type { ReplayItem } from '../intake/index.ts';

/** Hands an order to the site as a WMS would; `running` is how many the site works on. */
export interface OrderSink {
  post(order: Record<string, unknown>): Promise<{ status: number }>;
  running(): Promise<number>;
}

export interface FeederOptions {
  readonly items: readonly ReplayItem[];
  readonly sink: OrderSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps how far it came, so that a second start goes on with new orders. */
  readonly stateFile: string;
  readonly intervalMs: number;
  /** A full floor gets no more until something is done. */
  readonly runningMax: number;
}

/** Feeds sample orders for as long as the demo runs. The returned function ends it. */
export function startFeeder(options: FeederOptions): () => void {
  const orders = options.items.flatMap((item) => (item.kind === 'order' ? [item.order] : []));
  let next = readState(options.stateFile);
  let cancel = () => {};
  let stopped = false;

  async function feed(): Promise<void> {
    const sample = orders[next % Math.max(1, orders.length)];
    if (sample === undefined || (await options.sink.running()) >= options.runningMax) return;
    const order = { ...sample, orderId: `D-${String(next + 1).padStart(5, '0')}` };
    const { status } = await options.sink.post(order);
    // Refused or accepted, it has been dealt with; only a site that is away or full is asked again.
    if (status === 429 || status >= 500) return;
    next += 1;
    writeState(options.stateFile, next);
  }

  function beat(): void {
    feed()
      .catch((error: unknown) => options.log.debug({ err: error }, 'demo order not sent yet'))
      .finally(() => {
        if (!stopped) cancel = options.clock.after(options.intervalMs, beat);
      });
  }

  beat();
  return () => {
    stopped = true;
    cancel();
  };
}

function readState(file: string): number {
  try {
    const { next } = JSON.parse(readFileSync(file, 'utf8')) as { next?: unknown };
    return typeof next === 'number' && Number.isSafeInteger(next) && next >= 0 ? next : 0;
  } catch {
    return 0; // The first start.
  }
}

function writeState(file: string, next: number): void {
  writeFileSync(`${file}.new`, `${JSON.stringify({ next })}\n`);
  renameSync(`${file}.new`, file);
}
