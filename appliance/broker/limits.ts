/**
 * Every bound of the broker, with its unit. Tests narrow them; production uses `defaultLimits`.
 */
export interface BrokerLimits {
  /** Connections past CONNECT. The next one gets return code 0x03. */
  readonly clientsMax: number;
  /** Sockets that have not sent CONNECT yet, on top of `clientsMax`. */
  readonly handshakesMax: number;
  /** Time from accept until a client is let in. */
  readonly connectTimeoutMs: number;
  /** CONNECT is read before anybody is known, so it gets less room than other packets. */
  readonly connectBytesMax: number;
  /** New connections per address: burst, and refill per second. */
  readonly connectBurst: number;
  readonly connectsPerSecond: number;
  /** Refused credentials per address: burst, and refill per second. Each check costs a key derivation. */
  readonly refusalBurst: number;
  readonly refusalsPerSecond: number;
  /** Addresses remembered by the two limits above; the oldest is forgotten. */
  readonly addressesMax: number;
  /** Client ids are keys of tables; MQTT asks for 23 at least. */
  readonly clientIdBytesMax: number;
  readonly topicLevelsMax: number;
  readonly subscriptionsPerClientMax: number;
  /** Stored sessions, offline ones included: in all, and per user. Past them one that is away makes room. */
  readonly sessionsMax: number;
  readonly sessionsPerUserMax: number;
  /** A session that was away for longer makes room for those of other users too; see `makeRoom`. */
  readonly sessionAwayMs: number;
  /** QoS 1 and 2 messages on their way to one client: count, and bytes. */
  readonly inflightCountMax: number;
  readonly inflightBytesMax: number;
  /** Messages that wait in memory for room in flight; the rest of a stored session waits on disk. */
  readonly readyBytesMax: number;
  /** Rows read from disk at a time for a session that catches up. */
  readonly refillCountMax: number;
  /** Bytes handed to a socket that its peer has not taken. Above: no QoS 0 for it, nothing read from it. */
  readonly outboundBytesMax: number;
  /** A peer that takes nothing for so long while above that is disconnected. */
  readonly stallMsMax: number;
  /** QoS 1 and 2 messages of one client that wait for the disk. Above: its socket is not read. */
  readonly admissionCountMax: number;
  readonly admissionBytesMax: number;
  /** SUBSCRIBE and UNSUBSCRIBE packets of one client under way. Above: its socket is not read. */
  readonly controlCountMax: number;
  /** Time a closed connection gets to take its last bytes. */
  readonly lingerMs: number;
  /** QoS 2 messages of one client that wait for PUBREL. Above: disconnected. */
  readonly incomingCountMax: number;
  /** Retained messages in all. */
  readonly retainedCountMax: number;
  readonly retainedBytesMax: number;
  /** Retained QoS 0 messages reach the disk at this interval, the last value of each topic only. */
  readonly retainedFlushMs: number;
  /** Operations of one transaction. */
  readonly commitOpsMax: number;
  /** Promises of one internal subscriber that have not settled. Above: QoS 0 messages skip it. */
  readonly handlerPendingMax: number;
  /** Refusals that become audit events, per minute; the rest is counted in the next one. */
  readonly refusalEventsPerMinute: number;
  /** Between two audit events about dropped messages of one client. */
  readonly dropReportMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const defaultLimits: BrokerLimits = {
  clientsMax: 1_000,
  handshakesMax: 200,
  connectTimeoutMs: 10_000,
  connectBytesMax: 128 * KIB,
  connectBurst: 200,
  connectsPerSecond: 50,
  refusalBurst: 20,
  refusalsPerSecond: 0.5,
  addressesMax: 10_000,
  clientIdBytesMax: 256,
  topicLevelsMax: 100,
  subscriptionsPerClientMax: 1_000,
  sessionsMax: 5_000,
  sessionsPerUserMax: 100,
  sessionAwayMs: 7 * 24 * 3_600_000,
  inflightCountMax: 256,
  inflightBytesMax: 4 * MIB,
  readyBytesMax: 2 * MIB,
  refillCountMax: 256,
  outboundBytesMax: 4 * MIB,
  stallMsMax: 30_000,
  admissionCountMax: 1_024,
  admissionBytesMax: 8 * MIB,
  controlCountMax: 64,
  lingerMs: 2_000,
  incomingCountMax: 10_000,
  retainedCountMax: 200_000,
  retainedBytesMax: 256 * MIB,
  retainedFlushMs: 1_000,
  commitOpsMax: 4_096,
  handlerPendingMax: 10_000,
  refusalEventsPerMinute: 60,
  dropReportMs: 60_000,
};
