import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OrderState, OrderSummary, Task } from '#contracts/api.ts';
import { type Clock, systemClock } from '#contracts/clock.ts';
import type { WorkOrder } from '#contracts/events/order.ts';
import { type Offset, offset } from '#contracts/ids.ts';
import { silentLog } from '#contracts/log.ts';
import type { StoreHost } from '../../appliance/store/index.ts';
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorParts,
} from '../../local-orchestrator/index.ts';
import { until } from '../support/until.ts';
import { openSagaStore, orderEvent, places, sagaConfig } from './parts.ts';
import { createPlant, type Plant } from './plant.ts';

export { openSagaStore, orderEvent, places, sagaConfig };

// Threads that find their files compiled start in half the time.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'holdfast-compile-cache');

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-sagas-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface TestSite {
  readonly store: StoreHost;
  readonly plant: Plant;
  readonly orchestrator: Orchestrator;
  readonly clock: Clock;
  /** Appends `work-order.created` as the intake does. */
  order(orderId: string, change?: Partial<WorkOrder>): Promise<Offset>;
  /** The order when it is in this state. */
  reached(orderId: string, ...states: OrderState[]): Promise<OrderSummary>;
  /** The open task of an order. */
  task(orderId: string, kind?: string): Promise<Task>;
  /** Types of all events in the log about something, in order. */
  eventTypes(correlationId: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface TestSiteOptions {
  readonly dir?: string;
  readonly plant?: Plant;
  readonly clock?: Clock;
  readonly stock?: { sku: string; place: string; quantity: number }[];
  readonly parts?: Partial<OrchestratorParts>;
}

/** An orchestrator on a real store with a plant that counts. Closed when the test is over. */
export async function startSite(options: TestSiteOptions = {}): Promise<TestSite> {
  const { dir = temporaryFolder(), plant = createPlant(['amr-1', 'amr-2']), clock = systemClock } = options;
  const store = await openSagaStore(dir);
  onTestFinished(() => store.close());
  const orchestrator = createOrchestrator({
    store,
    commands: plant.commands,
    fleet: plant.fleet,
    clock,
    random: Math.random,
    log: silentLog,
    site: { id: 'test', timeZone: 'UTC' },
    config: sagaConfig,
    places,
    ...options.parts,
  });
  const stock = options.stock ?? [
    { sku: 'A', place: 'rack-1', quantity: 1_000 },
    { sku: 'B', place: 'rack-2', quantity: 1_000 },
  ];
  await orchestrator.inventory.loadStock(stock);
  const latest = new Map<string, OrderSummary>();
  orchestrator.onOrderChanged((order) => latest.set(order.orderId, order));
  await orchestrator.start();
  for (const order of await orchestrator.orders({ limit: 1_000 })) latest.set(order.orderId, order);

  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await orchestrator.stop();
    await store.close();
  };
  onTestFinished(close);
  return {
    store,
    plant,
    orchestrator,
    clock,
    async order(orderId, change) {
      const [position] = await store.commit([
        { op: 'append', event: orderEvent(orderId, clock.nowMs(), change) },
      ]);
      return position ?? offset(0);
    },
    reached: (orderId, ...states) =>
      until(`order ${orderId} is ${states.join(' or ')}`, () => {
        const order = latest.get(orderId);
        return order !== undefined && states.includes(order.state) ? order : undefined;
      }),
    task: (orderId, kind) =>
      until(`order ${orderId} has a task ${kind ?? ''}`, () =>
        orchestrator
          .tasks()
          .find((task) => task.orderId === orderId && (kind === undefined || task.kind === kind)),
      ),
    async eventTypes(correlationId) {
      const records = await store.readLog(offset(0), { countMax: 50_000 });
      return records
        .filter(({ event }) => event.correlationid === correlationId)
        .map(({ event }) => event.type);
    },
    close,
  };
}
