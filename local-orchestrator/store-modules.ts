import type { StoreModule } from '#contracts/store.ts';
import { breakerTables } from './activities/breaker-tables.ts';
import { workTables } from './activities/work-tables.ts';
import { deadLetterTables } from './dead-letters/dead-letter-tables.ts';
import { dockTables } from './docks/dock-tables.ts';
import { sagaTables } from './engine/saga-tables.ts';
import { fleetTables } from './fleet/fleet-tables.ts';
import { historyReads } from './history/search-tables.ts';
import { inventoryTables } from './inventory/inventory-tables.ts';
import { kpiTables } from './kpis/kpi-tables.ts';
import { modelTables } from './models/model-tables.ts';
import { orderTables } from './orders/order-tables.ts';
import { rolloutTables } from './rollout/rollout-tables.ts';
import { scheduleTables } from './schedules/schedule-tables.ts';
import { taskTables } from './tasks/task-tables.ts';

/** What the rooms of the orchestrator keep in the store. */
export const orchestratorStoreModules: readonly StoreModule[] = [
  sagaTables,
  taskTables,
  orderTables,
  inventoryTables,
  fleetTables,
  dockTables,
  modelTables,
  breakerTables,
  workTables,
  scheduleTables,
  deadLetterTables,
  kpiTables,
  rolloutTables,
  historyReads,
];
