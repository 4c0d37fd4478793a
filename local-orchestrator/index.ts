export {
  type Activity,
  type ActivityCall,
  ActivityFailure,
  type ActivityRunner,
  type ImplementOptions,
  implement,
  localActivity,
} from './activities/activity.ts';
export { type CodeActivity, type CodeCall, codeActivity } from './activities/code-activity.ts';
export { commandActivity } from './activities/command-activity.ts';
export { exampleSagas } from './catalogue/example-sagas.ts';
export { siteCatalogue } from './catalogue/shipped-catalogue.ts';
export { createOrchestrator } from './create-orchestrator.ts';
export { decide } from './decide/decide.ts';
export { defineSaga, type SagaBuilder } from './definition/builder.ts';
export { type Catalogue, type CatalogueStep, stepOf } from './definition/catalogue.ts';
export { checkDefinition } from './definition/check.ts';
export { type Finding, placeText } from './definition/finding.ts';
export { findings } from './definition/findings.ts';
export { definitionHash } from './definition/hash.ts';
export { type SchemaProblem, schemaProblems } from './definition/json-schema.ts';
export { limitNamesOf } from './definition/limit-names.ts';
export { and, eq, gt, not, or, orElse, text } from './definition/refs.ts';
export { compensate, endCancelled, endFailed, goOn, park, to, undoTo, way } from './definition/routes.ts';
export { type BuiltSaga, type SagaRef, sagaNamed } from './definition/saga-ref.ts';
export { diagramOf } from './diagram/diagram.ts';
export { mermaidOf } from './diagram/mermaid.ts';
export type { DockDesk } from './docks/dock-desk.ts';
export { type FleetView, leaseEpochs } from './fleet/fleet.ts';
export type { SagaSearch } from './history/search.ts';
export type { Inventory, StockRow } from './inventory/inventory.ts';
export type {
  Orchestrator,
  OrchestratorCounts,
  OrchestratorParts,
  OrchestratorStats,
} from './orchestrator.ts';
export type { Backlog } from './orders/backlog.ts';
export type { OrderQuery } from './orders/order-desk.ts';
export type { SagaVersions } from './rollout/rollout-room.ts';
export { type Runbooks, readRunbooks, writeShippedRunbooks } from './runbooks/runbook-folder.ts';
export { pickOrder } from './sagas/pick-order.ts';
export { shippedSagas } from './sagas/shipped.ts';
export { scheduleProblem } from './schedules/cron.ts';
export { scheduleFindings } from './schedules/schedule-findings.ts';
export { orchestratorStoreModules } from './store-modules.ts';
export type { TaskAbilities, TaskAbout } from './tasks/abilities.ts';
export type { TaskDesk } from './tasks/task-desk.ts';
export { printSaga } from './written/print-saga.ts';
export { parseSaga, type ReadSaga, readSaga, type SagaMistake } from './written/read-saga.ts';
export { readSagaFolder } from './written/saga-folder.ts';
