export { type Change, readChange } from './debezium.ts';
export { createIntake, type Intake, type Origin } from './intake.ts';
export { type ReplayItem, readReplay } from './replay.ts';
export { loadReplayMapping, ReplayMapping } from './replay-mapping.ts';
export { intakeStoreModule } from './table.ts';
export type { OrderRules } from './work-order.ts';
