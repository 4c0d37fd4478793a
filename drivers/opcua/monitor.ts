import type {
  ClientMonitoredItemBase,
  ClientSession,
  ClientSubscription,
  DataValue,
} from 'node-opcua-client';
import type { OpcuaDevice, TagConfig } from '#contracts/site-devices.ts';
import type { SessionHooks } from '../common/supervisor.ts';
import type { Reading } from '../common/tag-table.ts';
import type { Opcua } from './library.ts';
import { toQuality, toReading } from './value.ts';

/** Items per request; servers refuse more than they have room for (BadTooManyOperations). */
const ITEMS_PER_REQUEST_MAX = 500;

export interface MonitorOptions {
  readonly opcua: Opcua;
  readonly session: ClientSession;
  readonly device: OpcuaDevice;
  readonly hooks: SessionHooks & { take(readings: readonly Reading[]): void };
}

/**
 * Subscribes to every tag. The keep-alive of the subscription comes at least three times within the allowed
 * silence, so that a line without changes still proves that the PLC is there.
 */
export async function startMonitoring({
  opcua,
  session,
  device,
  hooks,
}: MonitorOptions): Promise<Monitoring> {
  const { publishingIntervalMs } = device.connection;
  const keepAliveCount = Math.max(1, Math.floor(device.silenceMsMax / 3 / publishingIntervalMs));
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: publishingIntervalMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    // OPC 10000-4 §5.14.2.2: at least three times the keep-alive count.
    requestedLifetimeCount: keepAliveCount * 10,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 10,
  });
  subscription.on('keepalive', hooks.heard);
  subscription.on('raw_notification', hooks.heard);
  subscription.on('terminated', () => hooks.ended('the server ended the subscription'));

  // Nothing is handed on before `begin`: values come while items are still being made.
  let begun = false;
  let batch: Reading[] = [];
  const flush = () => {
    const readings = batch;
    batch = [];
    if (readings.length > 0) hooks.take(readings);
  };
  const add = (reading: Reading) => {
    // One notification brings many items, one after the other: they are handed on together.
    if (begun && batch.length === 0) queueMicrotask(flush);
    batch.push(reading);
  };

  for (let from = 0; from < device.tags.length; from += ITEMS_PER_REQUEST_MAX) {
    const tags = device.tags.slice(from, from + ITEMS_PER_REQUEST_MAX);
    await monitorGroup(opcua, subscription, tags, publishingIntervalMs, add);
  }
  return {
    begin() {
      begun = true;
      hooks.heard();
      flush();
    },
  };
}

export interface Monitoring {
  begin(): void;
}

async function monitorGroup(
  opcua: Opcua,
  subscription: ClientSubscription,
  tags: readonly TagConfig[],
  publishingIntervalMs: number,
  add: (reading: Reading) => void,
): Promise<void> {
  // Each pace is a request of its own: sampling and filter are given per request.
  for (const [pace, members] of Map.groupBy(tags, (tag) => paceOf(tag, publishingIntervalMs))) {
    const refused = await create(opcua, subscription, members, pace, add);
    // Servers may refuse a filter on a variable that they do not think of as analog: our own deadband remains.
    const unfiltered = refused.filter(({ isFilter }) => isFilter).map(({ tag }) => tag);
    const final = refused.filter(({ isFilter }) => !isFilter);
    if (unfiltered.length > 0) {
      final.push(...(await create(opcua, subscription, unfiltered, { ...pace, deadband: 0 }, add)));
    }
    for (const { tag, reading } of final) if (tag !== undefined) add(reading);
  }
}

interface Pace {
  readonly samplingMs: number;
  /** Raw units, as the server sees the value. */
  readonly deadband: number;
}

// One object per pace, so that tags of the same pace meet in a group.
const paces = new Map<string, Pace>();
function paceOf(tag: TagConfig, publishingIntervalMs: number): Pace {
  const numeric = tag.type !== 'boolean' && tag.type !== 'string';
  const pace: Pace = {
    samplingMs: tag.sampleMs ?? publishingIntervalMs,
    deadband: numeric ? (tag.deadband ?? 0) / Math.abs(tag.scale ?? 1) : 0,
  };
  const key = `${pace.samplingMs}/${pace.deadband}`;
  const known = paces.get(key) ?? pace;
  paces.set(key, known);
  return known;
}

interface Refused {
  readonly tag: TagConfig;
  readonly isFilter: boolean;
  readonly reading: Reading;
}

async function create(
  opcua: Opcua,
  subscription: ClientSubscription,
  tags: readonly TagConfig[],
  { samplingMs, deadband }: Pace,
  add: (reading: Reading) => void,
): Promise<Refused[]> {
  const { AttributeIds, DataChangeFilter, DataChangeTrigger, DeadbandType, TimestampsToReturn } = opcua;
  const filter =
    deadband > 0
      ? new DataChangeFilter({
          trigger: DataChangeTrigger.StatusValue,
          deadbandType: DeadbandType.Absolute,
          deadbandValue: deadband,
        })
      : null;
  const group = await subscription.monitorItems(
    tags.map(({ address }) => ({ nodeId: address, attributeId: AttributeIds.Value })),
    { samplingInterval: samplingMs, queueSize: 1, discardOldest: true, filter },
    TimestampsToReturn.Both,
  );
  group.on('changed', (_item: ClientMonitoredItemBase, value: DataValue, index: number) => {
    const tag = tags[index];
    if (tag !== undefined) add(toReading(opcua, tag.name, value));
  });
  return tags.flatMap((tag, index) => {
    const status = group.monitoredItems[index]?.statusCode;
    if (status === undefined || status.isGood()) return [];
    const quality = toQuality(status);
    const bad =
      quality.level === 'good' ? { level: 'bad' as const, reason: 'it cannot be watched' } : quality;
    return [
      { tag, isFilter: status.name.includes('Filter'), reading: { tag: tag.name, raw: null, quality: bad } },
    ];
  });
}
