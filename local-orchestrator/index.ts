export {
  type Activity,
  type ActivityCall,
  ActivityFailure,
  type ActivityRunner,
  implement,
  localActivity,
} from './activities/activity.ts';
export { commandActivity } from './activities/command-activity.ts';
export { decide } from './decide/decide.ts';
export { defineSaga, type SagaBuilder } from './definition/builder.ts';
export { checkDefinition } from './definition/check.ts';
export { definitionHash } from './definition/hash.ts';
export { type SchemaProblem, schemaProblems } from './definition/json-schema.ts';
export { and, eq, gt, not, or, orElse, text } from './definition/refs.ts';
export { compensate, endCancelled, endFailed, goOn, park, to, undoTo, way } from './definition/routes.ts';
export { type SagaRef, sagaNamed } from './definition/saga-ref.ts';
export type { FleetView } from './fleet/fleet.ts';
export type { Inventory, StockRow } from './inventory/inventory.ts';
export {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorCounts,
  type OrchestratorParts,
  type OrchestratorStats,
  orchestratorStoreModules,
} from './orchestrator.ts';
export type { OrderQuery } from './orders/order-desk.ts';
export { pickOrder } from './sagas/pick-order.ts';
export type { TaskAbilities, TaskAbout } from './tasks/abilities.ts';
export type { TaskDesk } from './tasks/task-desk.ts';
