export type { Fact } from './facts.ts';
export { type FaultState, type SimFaultId, simFaults } from './faults.ts';
export { placesFor } from './floor/layout.ts';
export { type FloorMap, parseFloorMap } from './floor/map.ts';
export type { LedgerEntry, LedgerPage } from './ledger.ts';
export { type Sim, type SimOptions, type SimPorts, startSim } from './sim.ts';
export { inventoryCsv, type StockLine, slotSkus } from './slotting.ts';
export type { SimState } from './state.ts';
