import { getHeapSpaceStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { settleHeap } from '../../appliance/settle-heap.ts';

const youngBytes = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.physical_space_size ?? 0;

test('the young generation that loading has made large is small again, and nobody else can collect', () => {
  const kept: object[] = [];
  // What survives makes it grow; what is kept for good leaves it.
  while (youngBytes() < 8_000_000) kept.push({ at: kept.length, of: `piece ${kept.length}` });
  settleHeap();
  expect(youngBytes()).toBeLessThan(2_000_000);
  expect(kept.at(-1)).toEqual({ at: kept.length - 1, of: `piece ${kept.length - 1}` });
  expect(globalThis.gc).toBeUndefined();
});
