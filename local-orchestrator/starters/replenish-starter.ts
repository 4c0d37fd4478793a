import { isApplianceError } from '#contracts/errors.ts';
import { inventoryAdjusted, inventoryConsumed, inventoryMoved } from '#contracts/events/inventory.ts';
import type { Log } from '#contracts/log.ts';
import type { Json } from '#contracts/sagas.ts';
import type { PlaceConfig } from '#contracts/site-file.ts';
import type { LogRecord, Store } from '#contracts/store.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { REPLENISH } from '../sagas/replenish.ts';
import type { TaskAbilities } from '../tasks/abilities.ts';

const CONSUMER = 'replenish';
const FOLLOW_COUNT_MAX = 200;

/**
 * Begins to replenish a place when goods have left it and it is below its minimum. The saga is named by the event
 * that showed it, so an event that is read twice begins one; while one runs for a place, none is begun.
 */
export function startReplenishing(parts: {
  store: Store;
  inventory: Inventory;
  places: readonly PlaceConfig[];
  log: Log;
  alarms: TaskAbilities['alarms'];
  begin: (name: string, sagaId: string, input: Json) => Promise<unknown>;
}): () => Promise<void> {
  const { store, inventory, log, alarms, begin } = parts;
  const watched = parts.places.filter(({ holds }) => holds !== undefined);
  if (watched.length === 0) return async () => {};

  const beginFor = async ({ id, holds }: PlaceConfig, offset: number): Promise<void> => {
    const here = (await inventory.places.contents(id)).find(({ sku }) => sku === holds?.sku);
    if ((here?.quantity ?? 0) >= (holds?.minimum ?? 0)) return;
    if ((await inventory.places.claims()).some(({ place }) => place === id)) return;
    log.info({ place: id }, 'a place is below its minimum');
    const alarmId = `replenish-held/${id}`;
    try {
      await begin(REPLENISH, `${REPLENISH}:${id}:${offset}`, { place: id });
      alarms.clear(alarmId);
    } catch (error) {
      if (!isApplianceError(error) || error.retryable) throw error;
      // Asking again changes nothing, and other places wait behind it. The next goods that leave it try again.
      const text = `${id} is below its minimum and cannot be replenished: ${error.message}`;
      alarms.raise({ alarmId, severity: 'medium', source: id, text, hint: error.hint });
    }
  };

  const handle = async (records: readonly LogRecord[]): Promise<void> => {
    const last = records.at(-1);
    if (last === undefined) return;
    const left = new Set(records.flatMap(({ event }) => placesOf(event.data)));
    for (const place of watched) if (left.has(place.id)) await beginFor(place, last.offset);
    await store.commit([{ op: 'mark', consumer: CONSUMER, offset: last.offset }]);
  };
  const types = [inventoryConsumed.type, inventoryMoved.type, inventoryAdjusted.type];
  return store.follow({ consumer: CONSUMER, types, batchCountMax: FOLLOW_COUNT_MAX }, handle);
}

/** Places that an event of the books tells of goods leaving. */
function placesOf(data: unknown): readonly string[] {
  const { place, lines = [] } = data as { place?: string; lines?: readonly { place: string }[] };
  return [...(place === undefined ? [] : [place]), ...lines.map((line) => line.place)];
}
