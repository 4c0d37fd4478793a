/** What aedes hands to its persistence; its own declarations describe the callback style of older versions. */
export interface AedesClientRef {
  readonly id: string;
}
export interface AedesPacket {
  cmd?: string;
  topic: string;
  payload: string | Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  dup?: boolean;
  messageId?: number | undefined;
  brokerId?: string | undefined;
  brokerCounter?: number | undefined;
  clientId?: string | undefined;
}
/** An owed packet as aedes numbers it. A `pubrel` has nothing but its number. */
export type AedesOwed = AedesPacket | { readonly cmd: 'pubrel'; readonly messageId: number };
export interface AedesBroker {
  readonly id: string;
}
