export { notifyStoreModule } from './module.ts';
export { type Notifier, startNotifier } from './notifier.ts';
