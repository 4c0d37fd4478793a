export type { Handler } from './handlers.ts';
export type { Authenticate } from './house.ts';
export { type BrokerLimits, defaultLimits } from './limits.ts';
export type { BrokerAddresses, ListenAddress, TlsMaterial } from './listeners.ts';
export { brokerStoreModule } from './persistence/module.ts';
export { type Broker, type BrokerOptions, type PublishOptions, startBroker } from './start-broker.ts';
export type { BrokerStats } from './stats.ts';
