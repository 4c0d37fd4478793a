import { expect } from 'vitest';
import { type Lane, lanes } from '#contracts/events/envelope.ts';
import type { StoreHost } from '../../appliance/store/index.ts';
import { type Kept, kept } from './region.ts';
import { eligible } from './site.ts';

/** The oracle: the region has every eligible event exactly once, in order, under numbers without gaps. */
export async function expectWhole(store: StoreHost, url: string, epoch?: string): Promise<void> {
  const wanted = await eligible(store);
  for (const lane of lanes) {
    const records = await kept(url, lane, epoch);
    expect(idsOf(records)).toEqual(wanted.get(lane));
    expectContiguous(records);
  }
}

export const idsOf = (records: readonly Kept[]): (string | undefined)[] =>
  records.map(({ event }) => event?.id);

export function expectContiguous(records: readonly Kept[]): void {
  let next = 1;
  for (const { sequence, through = sequence } of records) {
    expect(sequence).toBe(next);
    next = through + 1;
  }
}

export async function wantedIds(store: StoreHost, lane: Lane): Promise<readonly string[]> {
  return (await eligible(store)).get(lane) ?? [];
}
