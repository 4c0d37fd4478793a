export type { CrashPlan, Running } from './box.ts';
export { between, chanceOf, pick } from './chance.ts';
export type { DeviceState } from './devices.ts';
export type { Duration } from './duration.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export {
  type Attempt,
  type Fault,
  type FaultKind,
  type FaultPlan,
  faultKinds,
  faultOn,
  lateMs,
  randomFaults,
} from './faults.ts';
export type { Acknowledged } from './ledger.ts';
export { siteCrashPoints, type TestDisk, type TestStore } from './life.ts';
export type { Answer, Person } from './people.ts';
export {
  type Behaviour,
  createPlant,
  type Effect,
  type Plant,
  type PlantOptions,
  type Rule,
} from './plant.ts';
export { eachSeed } from './seeds.ts';
export { type SagaView, startTestSite, type TestSite, type TestSiteOptions } from './test-site.ts';
