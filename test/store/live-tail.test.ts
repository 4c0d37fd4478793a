import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offset } from '#contracts/ids.ts';
import { createLiveTail } from '../../appliance/store/client/live-tail.ts';
import { samples } from '../support/samples.ts';
import { testEvent } from './site.ts';

const event = testEvent('x');
const records = (...offsets: number[]) => offsets.map((at) => ({ offset: offset(at), event }));
const offsetsOf = (batch: ReturnType<ReturnType<typeof createLiveTail>['take']>) =>
  batch?.records.map((record) => record.offset);

test('a tail that begins behind the position says that it does not know', () => {
  expect(createLiveTail(10).take(5, 100)).toBeUndefined();
});

test('a tail hands out what was pushed, in batches, and then how far it is covered', () => {
  const tail = createLiveTail(10);
  tail.push(10, 15, records(11, 13, 15));
  expect(offsetsOf(tail.take(10, 2))).toEqual([11, 13]);
  expect(tail.take(13, 2)).toEqual({ records: records(15), upTo: 15 });
  tail.push(15, 20, []);
  expect(tail.take(15, 2)).toEqual({ records: [], upTo: 20 });
});

test('a hole makes it begin anew, and what lies before is not its own any more', () => {
  const tail = createLiveTail(10);
  tail.push(10, 12, records(11));
  tail.push(20, 22, records(21));
  expect(tail.take(10, 10)).toBeUndefined();
  expect(offsetsOf(tail.take(20, 10))).toEqual([21]);
});

test('more than it keeps makes it forget, not grow', () => {
  const tail = createLiveTail(0);
  tail.push(0, 9_000, records(...Array.from({ length: 9_000 }, (_, index) => index + 1)));
  expect(tail.take(0, 10)).toBeUndefined();
  expect(tail.take(9_000, 10)).toEqual({ records: [], upTo: 9_000 });
});

test('however pushes are cut and batches are taken, each matching record comes once and in order', () => {
  const steps = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      countMax: fc.integer({ min: 1, max: 5 }),
      takes: fc.nat(3),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (cuts) => {
      const tail = createLiveTail(0);
      const got: number[] = [];
      let head = 0;
      let position = 0;
      const take = (countMax: number): void => {
        const batch = tail.take(position, countMax);
        if (batch === undefined) throw new Error('a tail without holes lost its place');
        got.push(...batch.records.map((record) => record.offset));
        position = batch.upTo;
      };
      const isWanted = (at: number): boolean => at % 3 === 0;
      for (const { size, countMax, takes } of cuts) {
        const fresh = Array.from({ length: size }, (_, index) => head + index + 1);
        tail.push(head, head + size, records(...fresh.filter(isWanted)));
        head += size;
        for (let left = takes; left > 0; left -= 1) take(countMax);
      }
      while (position < head) take(3);
      expect(got).toEqual(Array.from({ length: head }, (_, index) => index + 1).filter(isWanted));
    }),
    samples(),
  );
});
