import { createEvent } from '#contracts/events/envelope.ts';
import { type WorkOrder, workOrderCreated } from '#contracts/events/order.ts';
import { silentLog } from '#contracts/log.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import { openStore, type StoreHost } from '../../appliance/store/index.ts';
import { orchestratorStoreModules } from '../../local-orchestrator/index.ts';
import { waitsFor } from '../support/pass-until.ts';

export const places: readonly PlaceConfig[] = [
  { id: 'rack-1', kind: 'rack', x: 10, y: 10 },
  { id: 'rack-2', kind: 'rack', x: 20, y: 10 },
  { id: 'induct-1', kind: 'induct', x: 0, y: 5 },
  { id: 'packing-1', kind: 'packing', x: 0, y: 0 },
  { id: 'reject-1', kind: 'reject', x: 1, y: 0 },
  { id: 'park-1', kind: 'park', x: 2, y: 0 },
];
/** Pieces of each article in the crash tests: enough for two hundred lives. */
export const CRASH_STOCK = 10_000;
export const sagaConfig = {
  runningMax: 1_000,
  pickOrder: { conveyor: 'conveyor-1', induct: 'induct-1', robots: ['*'], batteryMin: 0.2 },
};

export const openSagaStore = async (dir: string, crashPoint?: string): Promise<StoreHost> =>
  waitsFor(
    await openStore({
      dir,
      modules: orchestratorStoreModules,
      log: silentLog,
      disk: { reserveBytes: 0 },
      ...(crashPoint === undefined ? {} : { crashPoint }),
    }),
  );

export function orderEvent(orderId: string, nowMs: number, change: Partial<WorkOrder> = {}) {
  const order: WorkOrder = {
    orderId,
    kind: 'pick',
    priority: 5,
    destination: 'packing-1',
    lines: [
      { line: 1, sku: 'A', quantity: 2 },
      { line: 2, sku: 'B', quantity: 1 },
    ],
    ...change,
  };
  const context = { site: 'test', component: 'intake', nowMs, correlationId: orderId };
  return createEvent(workOrderCreated, orderId, order, context);
}
