export type { Archive, ArchivedEvent, ArchivedStream } from './archive.ts';
export { startControl } from './control.ts';
export { type FaultProxy, startFaultProxy, type Tap } from './fault-proxy.ts';
export { openPostgresArchive } from './postgres-archive.ts';
export { type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';
export { openSqliteArchive } from './sqlite-archive.ts';
export { readTokenFile, type TokenFile } from './token-file.ts';
