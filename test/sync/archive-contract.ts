import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Archive } from '../../sync/regional/index.ts';
import { someEvent } from './events.ts';

type Frame = Parameters<Archive['store']>[0];

let streams = 0;

/** What every archive of the region has to do. `open` is called again to see what a restart finds. */
export function archiveContract(name: string, open: () => Promise<Archive>): void {
  describe(`${name} archive`, () => {
    let archive: Archive;
    beforeAll(async () => {
      archive = await open();
    });
    afterAll(() => archive.close());

    const stream = () => ({ site: 'lab', epoch: `contract-${++streams}`, lane: 'business' as const });
    const frame = (of: ReturnType<typeof stream>, first: number, count: number): Frame => ({
      ...of,
      firstSequence: first,
      lastSequence: first + count - 1,
      records: Array.from({ length: count }, (_, index) => {
        const event = someEvent('business', { text: `Gabelstapler №${index} — 倉庫 "7"` });
        const { id, type, subject, time } = event;
        return { sequence: first + index, id, type, subject, time, json: JSON.stringify(event) };
      }),
    });
    const all = (of: ReturnType<typeof stream>) => archive.events({ ...of, after: 0, limit: 10_000 });

    test('keeps a frame and its mark', async () => {
      const of = stream();
      const first = frame(of, 1, 123);
      expect(await archive.store(first)).toEqual({ outcome: 'stored', sequence: 123 });
      expect(await archive.marks(of.site, of.epoch)).toMatchObject([{ lane: 'business', sequence: 123 }]);
      const events = await all(of);
      expect(events.map((one) => JSON.stringify('event' in one && one.event))).toEqual(
        first.records.map((record) => ('json' in record ? record.json : '')),
      );
    });

    test('keeps a repeated and an overlapping frame once', async () => {
      const of = stream();
      const whole = frame(of, 1, 80);
      const part = { ...whole, lastSequence: 60, records: whole.records.slice(0, 60) };
      expect(await archive.store(part)).toEqual({ outcome: 'stored', sequence: 60 });
      expect(await archive.store(part)).toEqual({ outcome: 'stored', sequence: 60 });
      expect(await archive.store(whole)).toEqual({ outcome: 'stored', sequence: 80 });
      expect(await archive.store(part)).toEqual({ outcome: 'stored', sequence: 80 });
      expect((await all(of)).map(({ sequence }) => sequence)).toEqual(
        whole.records.map((one) => one.sequence),
      );
    });

    test('keeps text that a database may not like', async () => {
      const of = stream();
      const odd = ['\0', 'a\0b', '\ud800', '\u202e"\\\'', '😀'].map((text) => ({
        ...someEvent('business', { text }),
        subject: `subject ${text}`,
      }));
      const records = odd.map((event, index) => ({
        ...event,
        sequence: index + 1,
        json: JSON.stringify(event),
      }));
      const outcome = await archive.store({ ...of, firstSequence: 1, lastSequence: odd.length, records });
      expect(outcome).toEqual({ outcome: 'stored', sequence: odd.length });
      expect((await all(of)).map((one) => 'event' in one && one.event)).toEqual(odd);
    });

    test('refuses a gap and a conflict, and changes nothing', async () => {
      const of = stream();
      await archive.store(frame(of, 1, 10));
      expect(await archive.store(frame(of, 12, 3))).toEqual({ outcome: 'gap', sequence: 10 });
      expect(await archive.store(frame(of, 10, 3))).toEqual({ outcome: 'conflict', sequence: 10 });
      expect(await all(of)).toHaveLength(10);
      expect(await archive.marks(of.site, of.epoch)).toMatchObject([{ sequence: 10 }]);
    });

    test('a hole that began before the mark is kept from there on', async () => {
      const of = stream();
      await archive.store(frame(of, 1, 3));
      const records = [{ sequence: 2, through: 9, gap: 'gone' as const }];
      const outcome = await archive.store({ ...of, firstSequence: 2, lastSequence: 9, records });
      expect(outcome).toEqual({ outcome: 'stored', sequence: 9 });
      expect((await all(of)).at(-1)).toEqual({ sequence: 4, through: 9, gap: 'gone' });
    });

    test('two writers of one stream do not both win', async () => {
      const of = stream();
      const frames = [frame(of, 1, 40), frame(of, 1, 40)];
      const ends = await Promise.allSettled(frames.map((one) => archive.store(one)));
      const stored = ends.filter((end) => end.status === 'fulfilled' && end.value.outcome === 'stored');
      expect(stored).toHaveLength(1);
      expect(await all(of)).toHaveLength(40);
    });

    test('a restart finds everything, and pages through it', async () => {
      const of = stream();
      await archive.store(frame(of, 1, 30));
      await archive.close();
      archive = await open();
      const page = await archive.events({ ...of, after: 10, limit: 5 });
      expect(page.map(({ sequence }) => sequence)).toEqual([11, 12, 13, 14, 15]);
      const newest = await archive.events({ ...of, epoch: undefined, after: 0, limit: 100 });
      expect(newest).toHaveLength(30);
      expect((await archive.streams()).find(({ epoch }) => epoch === of.epoch)).toMatchObject({
        sequence: 30,
      });
      expect(await archive.count()).toBeGreaterThanOrEqual(30);
    });
  });
}
