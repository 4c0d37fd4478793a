import type { Clock } from '#contracts/clock.ts';
import { type ApplianceError, isApplianceError } from '#contracts/errors.ts';
import type { ModbusDevice } from '#contracts/site-devices.ts';
import type { Reading } from '../common/tag-table.ts';
import { type PlannedTag, planReads, type ReadGroup } from './plan.ts';

/** Reads that are due at the same pace. */
export interface RateClass {
  readonly intervalMs: number;
  readonly groups: readonly ReadGroup[];
}

type Pace = Pick<ModbusDevice, 'silenceMsMax'> & {
  readonly connection: Pick<ModbusDevice['connection'], 'pollIntervalMs' | 'gapRegistersMax'>;
};

/**
 * What is read how often. The fastest class is read at least three times within the allowed silence, so that one
 * answer may be late without the link counting as down; a device without tags is asked for one register.
 */
export function planRates(
  tags: readonly PlannedTag[],
  { connection, silenceMsMax }: Pace,
): readonly RateClass[] {
  const byInterval = Map.groupBy(tags, ({ tag }) => tag.sampleMs ?? connection.pollIntervalMs);
  const classes = [...byInterval]
    .map(([intervalMs, members]) => ({ intervalMs, groups: planReads(members, connection) }))
    .toSorted((one, other) => one.intervalMs - other.intervalMs);
  const probe: ReadGroup = { table: 'holding', start: 0, count: 1, tags: [] };
  const [fastest, ...others] =
    classes.length > 0 ? classes : [{ intervalMs: connection.pollIntervalMs, groups: [probe] }];
  if (fastest === undefined) return [];
  const intervalMs = Math.min(fastest.intervalMs, Math.max(1, Math.floor(silenceMsMax / 3)));
  return [{ ...fastest, intervalMs }, ...others];
}

export interface PollingOptions {
  readonly clock: Clock;
  readonly device: Pace;
  readonly tags: readonly PlannedTag[];
  readGroup(group: ReadGroup): Promise<readonly Reading[]>;
  take(readings: readonly Reading[]): void;
  onFault(error: ApplianceError): void;
}

/** Reads each class at its pace until stopped. A read that is late is left out, never made up for. */
export function startPolling({ clock, device, tags, readGroup, take, onFault }: PollingOptions): {
  stop(): void;
} {
  let stopped = false;
  const cancels = new Set<() => void>();

  const readOrSplit = async (group: ReadGroup): Promise<readonly ReadGroup[]> => {
    try {
      take(await readGroup(group));
    } catch (error) {
      if (!isApplianceError(error)) throw error;
      if (stopped) return [group];
      onFault(error);
      // Some PLCs refuse a range because of one unmapped register in it.
      if (
        error.code === 'DRV_MODBUS_EXCEPTION' &&
        error.details.code === NO_SUCH_ADDRESS &&
        group.tags.length > 1
      ) {
        return splitGroup(group);
      }
      const quality = { level: 'bad', reason: error.message } as const;
      take(group.tags.map(({ tag }) => ({ tag: tag.name, raw: null, quality })));
    }
    return [group];
  };

  const run = async (rate: RateClass): Promise<void> => {
    const begunMs = clock.monotonicMs();
    const groups: ReadGroup[] = [];
    for (const group of rate.groups) {
      if (stopped) return;
      groups.push(...(await readOrSplit(group)));
    }
    if (stopped) return;
    const leftMs = Math.max(0, rate.intervalMs - (clock.monotonicMs() - begunMs));
    const cancel = clock.after(leftMs, () => {
      cancels.delete(cancel);
      void run({ ...rate, groups });
    });
    cancels.add(cancel);
  };
  for (const rate of planRates(tags, device)) void run(rate);

  return {
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
    },
  };
}

const NO_SUCH_ADDRESS = 2;

/** The same tags without bridged gaps; when there was no gap, each by itself. */
export function splitGroup(group: ReadGroup): readonly ReadGroup[] {
  const gapless = planReads(group.tags, { gapRegistersMax: 0 });
  if (gapless.length > 1) return gapless;
  return group.tags.flatMap((planned) => planReads([planned], { gapRegistersMax: 0 }));
}
