import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TagConfig } from '#contracts/site-devices.ts';
import { modbusAddressProblem, parseModbusAddress } from '../../drivers/modbus/address.ts';
import { frameMbap, splitMbap } from '../../drivers/modbus/mbap.ts';
import { planReads, READ_BITS_MAX, READ_REGISTERS_MAX } from '../../drivers/modbus/plan.ts';
import { planRates } from '../../drivers/modbus/poller.ts';
import { decodeWords, encodeWords } from '../../drivers/modbus/words.ts';
import { samples } from '../support/samples.ts';

const tag = (address: string, type: TagConfig['type'] = 'uint16', sampleMs?: number): TagConfig => ({
  name: `t-${address.replaceAll(':', '-')}`,
  address,
  type,
  access: 'read',
  ...(sampleMs === undefined ? {} : { sampleMs }),
});
const planned = (...tags: TagConfig[]) =>
  tags.map((each) => ({ tag: each, address: parseModbusAddress(each) }));
const shape = (groups: ReturnType<typeof planReads>) =>
  groups.map(({ table, start, count }) => [table, start, count]);

describe('addresses', () => {
  test.each([
    ['coil:12', 'boolean', { table: 'coil', start: 12, count: 1 }],
    ['discrete:3', 'boolean', { table: 'discrete', start: 3, count: 1 }],
    ['holding:20', 'float32', { table: 'holding', start: 20, count: 2 }],
    ['input:7', 'float64', { table: 'input', start: 7, count: 4 }],
    ['holding:100:18', 'string', { table: 'holding', start: 100, count: 18 }],
  ] as const)('%s as %s', (address, type, wanted) => {
    expect(parseModbusAddress(tag(address, type))).toEqual(wanted);
  });
  test.each([
    ['40001', 'uint16', 'a table and a number'],
    ['coil:1', 'int16', 'boolean'],
    ['holding:1', 'string', 'length'],
    ['holding:1:4', 'uint16', 'only a string'],
    ['holding:65535', 'int32', '65535'],
    ['holding:0:124', 'string', '123'],
    ['coil:-1', 'boolean', 'a table and a number'],
  ] as const)('%s as %s is refused', (address, type, words) => {
    expect(() => parseModbusAddress(tag(address, type))).toThrow(words);
  });
  test.each([
    ['input:7', 'int16', 'an input register cannot be written'],
    ['discrete:7', 'boolean', 'a discrete input cannot be written'],
  ] as const)('%s as a tag that is to be written is refused', (address, type, words) => {
    expect(modbusAddressProblem({ ...tag(address, type), access: 'read-write' })).toBe(words);
  });
});

describe('the read planner', () => {
  test('joins over a gap it may bridge, and not over a larger one', () => {
    const tags = planned(tag('holding:0'), tag('holding:9'), tag('holding:19'));
    expect(shape(planReads(tags, { gapRegistersMax: 8 }))).toEqual([
      ['holding', 0, 10],
      ['holding', 19, 1],
    ]);
  });
  test('keeps tables apart', () => {
    const tags = planned(tag('input:0'), tag('holding:0'), tag('coil:0', 'boolean'));
    expect(shape(planReads(tags, { gapRegistersMax: 8 }))).toEqual([
      ['coil', 0, 1],
      ['holding', 0, 1],
      ['input', 0, 1],
    ]);
  });
  test('a value that would straddle the limit begins the next read', () => {
    const tags = planned(
      ...Array.from({ length: 124 }, (_, index) => tag(`holding:${index}`)),
      tag('holding:124', 'int32'),
    );
    expect(shape(planReads(tags, { gapRegistersMax: 0 }))).toEqual([
      ['holding', 0, 124],
      ['holding', 124, 2],
    ]);
  });
  test('every tag is read whole, once, within the limits of the protocol', () => {
    const anyTag = fc.record({
      table: fc.constantFrom('coil', 'discrete', 'holding', 'input'),
      start: fc.integer({ min: 0, max: 5_000 }),
      wide: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(anyTag, { maxLength: 200 }),
        fc.integer({ min: 0, max: 120 }),
        (raw, gapRegistersMax) => {
          const tags = raw.map(({ table, start, wide }) => {
            const bit = table === 'coil' || table === 'discrete';
            return tag(`${table}:${start}`, bit ? 'boolean' : wide ? 'float64' : 'int16');
          });
          const groups = planReads(planned(...tags), { gapRegistersMax });
          expect(groups.flatMap((group) => group.tags).length).toBe(tags.length);
          for (const { table, start, count, tags: members } of groups) {
            expect(count).toBeLessThanOrEqual(
              table === 'coil' || table === 'discrete' ? READ_BITS_MAX : READ_REGISTERS_MAX,
            );
            for (const { address } of members) {
              expect(address.start).toBeGreaterThanOrEqual(start);
              expect(address.start + address.count).toBeLessThanOrEqual(start + count);
            }
          }
        },
      ),
      samples(),
    );
  });
  test('the fastest class is read thrice within the allowed silence; slow ones keep their pace', () => {
    const pace = { silenceMsMax: 900, connection: { pollIntervalMs: 5_000, gapRegistersMax: 0 } };
    const rates = planRates(planned(tag('holding:0'), tag('holding:1', 'uint16', 60_000)), pace);
    expect(rates.map(({ intervalMs }) => intervalMs)).toEqual([300, 60_000]);
    expect(planRates([], pace).flatMap(({ groups }) => shape(groups))).toEqual([['holding', 0, 1]]);
  });
});

describe('words', () => {
  test.each([
    ['int16', [0xffff], -1],
    ['uint16', [0xffff], 65_535],
    ['int32', [0xffff, 0xfffe], -2],
    ['uint32', [0x8000, 0x0001], 2_147_483_649],
    ['float32', [0x4148, 0x0000], 12.5],
    ['float64', [0x4029, 0, 0, 0], 12.5],
    ['boolean', [2], true],
  ] as const)('%s', (type, words, value) => {
    const layout = { type, count: words.length, wordOrder: 'high-first' } as const;
    expect(decodeWords(words, layout)).toBe(value);
    expect(decodeWords(words.toReversed(), { ...layout, wordOrder: 'low-first' })).toBe(value);
  });
  test('what is encoded is decoded', () => {
    const order = fc.constantFrom('high-first' as const, 'low-first' as const);
    fc.assert(
      fc.property(fc.double({ noNaN: true }), order, (value, wordOrder) => {
        const layout = { type: 'float64', count: 4, wordOrder } as const;
        expect(decodeWords(encodeWords(value, layout, 't'), layout)).toBe(value);
      }),
      samples(),
    );
    const text = { type: 'string', count: 8, wordOrder: 'low-first' } as const;
    expect(decodeWords(encodeWords('tote-7', text, 't'), text)).toBe('tote-7');
    expect(() => encodeWords('longer than 16 characters', text, 't')).toThrow('does not fit');
  });
  test('a short reply is told as such', () => {
    expect(() => decodeWords([1], { type: 'int32', count: 2, wordOrder: 'high-first' })).toThrow(
      'answered 1 of 2',
    );
  });
});

describe('frames', () => {
  const one = frameMbap({ transactionId: 7, unitId: 1, pdu: Buffer.from([3, 2, 0, 5]) });
  test('are cut out of a stream however it is split', () => {
    const stream = Buffer.concat([one, one, one]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const first = splitMbap(stream.subarray(0, cut));
      if (first.state === 'broken') throw new Error('not broken');
      const second = splitMbap(Buffer.concat([first.rest, stream.subarray(cut)]));
      if (second.state === 'broken') throw new Error('not broken');
      expect(first.frames.length + second.frames.length).toBe(3);
      expect(second.rest.length).toBe(0);
    }
  });
  test.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request'],
    ['a length of nothing', '\0\x01\0\0\0\0\x01\x03'],
  ])('%s breaks the stream, and what came before counts', (_, text) => {
    const split = splitMbap(Buffer.concat([one, Buffer.from(text, 'latin1')]));
    expect(split).toMatchObject({ state: 'broken', frames: [{ transactionId: 7 }] });
  });
  test('no bytes make it throw or keep more than a frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const split = splitMbap(Buffer.from(bytes));
        if (split.state === 'ok') expect(split.rest.length).toBeLessThan(261);
      }),
      samples(),
    );
  });
});
