import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planEnqueue, QueueIndex } from '../../appliance/broker/persistence/queue-index.ts';
import { TokenBuckets } from '../../appliance/broker/token-buckets.ts';
import { encodePublish } from '../../appliance/broker/wire/encode.ts';
import { Framer } from '../../appliance/broker/wire/framer.ts';
import { parsePacket } from '../../appliance/broker/wire/parse.ts';
import { TopicTree } from '../../appliance/broker/wire/topic-tree.ts';
import { covers, isTopicFilter, isTopicName } from '../../appliance/broker/wire/topics.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { samples } from '../support/samples.ts';

const limits = { clientIdBytesMax: 256, topicLevelsMax: 100 };
const level = fc.constantFrom('', 'a', 'b', '$s', 'ä');
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter(isTopicName);
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  .filter(isTopicFilter);

describe('topics', () => {
  test.each([
    ['sport/tennis/#', 'sport/tennis', true],
    ['sport/tennis/#', 'sport/tennis/player1/ranking', true],
    ['sport/#', 'sport', true],
    ['#', 'sport/tennis', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/x', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/monitor', true],
    ['ACCOUNTS', 'Accounts', false],
  ])('filter %s matches %s: %s, as §4.7 says', (pattern, name, expected) => {
    expect(covers(pattern, name)).toBe(expected);
    const tree = new TopicTree<string>();
    tree.add(pattern, 'key', 'value');
    expect(tree.match(name)).toEqual(expected ? ['value'] : []);
  });

  test('the tree finds what comparing one by one finds, whatever was added and removed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(filter, fc.boolean()), { maxLength: 30 }), topic, (steps, name) => {
        const tree = new TopicTree<string>();
        const there = new Set<string>();
        for (const [one, isAdded] of steps) {
          if (isAdded) tree.add(one, 'key', one);
          else expect(tree.remove(one, 'key')).toBe(there.has(one));
          if (isAdded) there.add(one);
          else there.delete(one);
        }
        expect(tree.size).toBe(there.size);
        expect(tree.match(name).toSorted()).toEqual([...there].filter((one) => covers(one, name)).toSorted());
      }),
      samples(),
    );
  });

  test('a filter that covers another matches everything the other matches', () => {
    fc.assert(
      fc.property(filter, filter, topic, (wide, narrow, name) => {
        if (covers(wide, narrow) && covers(narrow, name)) expect(covers(wide, name)).toBe(true);
      }),
      samples(5_000),
    );
  });
});

describe('packets', () => {
  const message = fc.record({
    topic,
    payload: fc.uint8Array({ maxLength: 300 }),
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  });

  test('what is encoded is parsed again, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 97 }),
        (messages, cut) => {
          const stream = Buffer.concat(
            messages.map((one) => encodePublish({ ...one, qos: one.qos as 0 | 1 | 2, dup: false })),
          );
          const framer = new Framer(1_000);
          const parsed: unknown[] = [];
          for (let at = 0; at < stream.length; at += cut) {
            framer.push(stream.subarray(at, at + cut));
            for (let next = framer.next(); next !== undefined; next = framer.next()) {
              if ('problem' in next) throw new Error(next.problem);
              parsed.push(parsePacket(next, limits));
            }
          }
          expect(parsed).toEqual(
            messages.map(({ payload, qos, messageId, ...rest }) => ({
              kind: 'publish',
              ...rest,
              qos,
              payload: Buffer.from(payload),
              messageId: qos === 0 ? 0 : messageId,
            })),
          );
        },
      ),
      samples(),
    );
  });

  test('no bytes at all make the parser throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 64 }), (bytes) => {
        const framer = new Framer(128);
        framer.push(Buffer.from(bytes));
        for (let next = framer.next(); next !== undefined; next = framer.next()) {
          if ('problem' in next) return;
          expect(parsePacket(next, limits)).toHaveProperty('kind');
        }
      }),
      samples(20_000),
    );
  });
});

describe('the queue of a session', () => {
  test('keeps to its bytes, in order, by its policy; what may be in flight stays', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ remove: fc.nat({ max: 200 }) }),
    );
    const policies = fc.constantFrom('drop-oldest' as const, 'refuse-newest' as const);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        policies,
        fc.nat({ max: 20 }),
        (steps, policy, keepUpTo) => {
          const index = new QueueIndex();
          let model: { seq: number; size: number }[] = [];
          const bytes = () => model.reduce((sum, { size }) => sum + size, 0);
          for (const one of steps) {
            if ('remove' in one) {
              expect(index.remove(one.remove)).toBe(model.some(({ seq }) => seq === one.remove));
              model = model.filter(({ seq }) => seq !== one.remove);
            } else {
              const { seq, dropped } = planEnqueue(index, one.add, { bytesMax: 100, policy }, keepUpTo);
              for (const victim of dropped) {
                const oldest = model.find((entry) => entry.seq > keepUpTo);
                expect(victim).toBe(oldest?.seq);
                model = model.filter((entry) => entry !== oldest);
              }
              if (seq !== null) model.push({ seq, size: one.add });
              else if (policy === 'refuse-newest') expect(bytes() + one.add).toBeGreaterThan(100);
            }
            expect(index).toMatchObject({ bytes: bytes(), count: model.length });
            expect(index.bytes).toBeLessThanOrEqual(100);
            expect(index.firstSeq).toBe(model[0]?.seq ?? index.lastSeq + 1);
            expect(model.every(({ seq }) => index.has(seq))).toBe(true);
          }
        },
      ),
      samples(),
    );
  });
});

test('a bucket gives its burst, then its rate, and forgets the key not seen for longest', async () => {
  const clock = createFakeClock();
  const buckets = new TokenBuckets(clock, { burst: 2, perSecond: 1, keysMax: 2 });
  expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([true, true, false]);
  await clock.pass(1_000);
  expect([buckets.take('a'), buckets.take('a')]).toEqual([true, false]);
  buckets.take('b');
  buckets.take('c');
  expect(buckets.has('a')).toBe(true);
});
