import type { Random } from '#contracts/clock.ts';
import { createEvent } from '#contracts/events/envelope.ts';
import { workOrderCancelRequested } from '#contracts/events/order.ts';
import { between, pick, type TestSite } from '../../../local-orchestrator/test-kit/index.ts';
import { unlessEnded } from './signals.ts';

export interface Disturbances {
  readonly planned: readonly string[];
  readonly fired: ReadonlyMap<string, number>;
  readonly errors: readonly string[];
}

const HOUR_MS = 3_600_000;

/** Plans what happens around the sagas while they run: clocks that are set, cancellations, signals that come twice. */
export function disturb(
  site: TestSite,
  { sagas, signals }: { readonly sagas: readonly string[]; readonly signals: readonly string[] },
  random: Random,
): Disturbances {
  const planned: string[] = [];
  const fired = new Map<string, number>();
  const errors: string[] = [];
  const plan = (what: string, afterMs: number, act: () => unknown) => {
    planned.push(what);
    site.clock.after(afterMs, () => {
      Promise.resolve(act()).then(
        () => void fired.set(what, (fired.get(what) ?? 0) + 1),
        (error: unknown) => errors.push(`${what}: ${String(error)}`),
      );
    });
  };
  for (let left = between(random, 0, 2); left > 0; left -= 1) {
    const byMs = pick(random, [HOUR_MS, -HOUR_MS]);
    plan(byMs > 0 ? 'clock forward' : 'clock back', between(random, 1, 2 * HOUR_MS), () =>
      site.clock.jumpWall(byMs),
    );
  }
  if (random() < 0.2) plan('stopped and started', between(random, 1, HOUR_MS), () => site.restart());
  plan('order cancelled', between(random, 0, HOUR_MS), () => cancelOrder(site));
  for (const sagaId of sagas) {
    // At the full hour word comes from outside, and people look every three minutes: they meet.
    const whenMs = pick(random, [between(random, 0, 2 * HOUR_MS), HOUR_MS, 180_000, 360_000]);
    if (random() < 0.25) plan('cancel', whenMs, () => site.cancel(sagaId));
    const [first] = signals;
    if (first === undefined || random() < 0.5) continue;
    const id = `${sagaId} twice`;
    const atMs = between(random, 1, HOUR_MS);
    const send = () => site.signal(sagaId, first, {}, id).catch(unlessEnded);
    plan('signal', atMs, send);
    plan('duplicate signal', atMs + between(random, 0, HOUR_MS), send);
  }
  return { planned, fired, errors };
}

/** Of an order that nobody knows: read from the log, and marked as read. */
async function cancelOrder(site: TestSite): Promise<void> {
  const data = { orderId: 'nobody', requestedBy: 'ann', reason: 'why not' };
  const context = { site: 'sim', component: 'test', nowMs: site.clock.nowMs(), correlationId: 'nobody' };
  const event = createEvent(workOrderCancelRequested, 'nobody', data, context);
  const { store, over } = await site.running();
  await Promise.race([store.commit([{ op: 'append', event }]), over]);
}
