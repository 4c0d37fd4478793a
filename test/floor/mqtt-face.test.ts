import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import type { AnyEvent } from '#contracts/events/envelope.ts';
import type { TagSample } from '#contracts/tags.ts';
import { createTagTable, showEvents, showTags } from '../../appliance/floor/index.ts';
import type { TopicPublisher } from '../../appliance/floor/mqtt-face.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { inbox, startSite } from '../broker/site.ts';
import { eventOf } from './events.ts';

const SITE = 'test-site';
const subscribe = (client: MqttClient, filter: string, qos: 0 | 1) => client.subscribeAsync(filter, { qos });
const append = async (site: Awaited<ReturnType<typeof startSite>>, events: readonly AnyEvent[]) =>
  void (await site.store.commit(events.map((event) => ({ op: 'append', event }))));

describe('the face of the site on MQTT', () => {
  test('shows each tag as retained message with its quality, and the latest to who comes later', async () => {
    const site = await startSite();
    const { devices } = parseSiteFile(
      `
site: { id: test-site, name: Test }
devices:
  - id: plc
    driver: modbus
    connection: { host: 127.0.0.1, port: 502, unitId: 1 }
    tags: [{ name: speed, address: "holding:0", type: int16, unit: m/s }]
`,
      'site.yaml',
    );
    const tags = createTagTable(devices, 1_000);
    tags.onChange((samples) => showTags(site.broker, SITE, samples));
    showTags(site.broker, SITE, tags.ofDevice('plc'));
    const early = await site.connect('alice');
    const seen = inbox(early);
    await subscribe(early, `site/${SITE}/tags/#`, 1);
    expect(JSON.parse((await seen.take(1))[0]?.text ?? '')).toEqual({
      path: 'plc/speed',
      value: null,
      quality: { level: 'bad', reason: 'never read' },
      sourceTimeMs: 1_000,
      unit: 'm/s',
    });

    const sample: TagSample = {
      path: 'plc/speed',
      value: 3,
      quality: { level: 'good' },
      sourceTimeMs: 2_000,
    };
    tags.apply([sample]);
    tags.apply([{ ...sample, quality: { level: 'bad', reason: 'link down' } }]);
    const live = (await seen.take(3)).slice(1);
    expect(live.map(({ text, retain }) => [JSON.parse(text).quality.level, retain])).toEqual([
      ['good', false],
      ['bad', false],
    ]);

    const late = await site.connect('bob');
    const later = inbox(late);
    await subscribe(late, `site/${SITE}/tags/plc/+`, 1);
    const [last] = await later.take(1);
    expect(last).toMatchObject({ topic: `site/${SITE}/tags/plc/speed`, retain: true });
    expect(JSON.parse(last?.text ?? '')).toMatchObject({
      value: 3,
      unit: 'm/s',
      quality: { level: 'bad', reason: 'link down' },
    });
  });

  test('shows the events of the log in its order at QoS 1, each under its lane and type', async () => {
    const site = await startSite();
    const client = await site.connect('alice');
    const seen = inbox(client);
    await subscribe(client, `site/${SITE}/events/#`, 1);
    const stop = showEvents(site.broker, site.store, SITE);
    const lanes = ['business', 'safety', 'audit'] as const;
    const events = Array.from({ length: 600 }, (_, nth) => eventOf(lanes[nth % 3] ?? 'audit', nth));
    await append(site, events.slice(0, 300));
    await append(site, events.slice(300));
    const received = await seen.take(600);
    expect(received.map(({ text }) => JSON.parse(text))).toEqual(events);
    expect(received[1]).toMatchObject({
      topic: `site/${SITE}/events/safety/holdfast.test.safety.v1`,
      qos: 1,
      retain: false,
    });
    await stop();
  });

  test('goes on after its end where its mark stands, and what was under way comes again', async () => {
    const site = await startSite();
    const published: string[] = [];
    const face = (fails: (subject: string) => boolean): TopicPublisher => ({
      async publish(topic, payload, options) {
        const { subject } = JSON.parse(payload) as AnyEvent;
        if (fails(subject)) throw new Error('the broker is closed');
        published.push(subject);
        await site.broker.publish(topic, payload, options);
      },
    });
    const client = await site.connect('alice');
    const seen = inbox(client);
    await subscribe(client, `site/${SITE}/events/#`, 1);

    const first = showEvents(
      face(() => false),
      site.store,
      SITE,
    );
    await append(site, [eventOf('audit', 1)]);
    await seen.take(1);
    await first();
    const mark = await site.store.mark('mqtt-events');
    expect(mark).toBe(await site.store.head());

    // The face dies between publishing and its mark: one of the batch is out already.
    const broken = Promise.withResolvers<void>();
    const second = showEvents(
      face((subject) => {
        if (subject === 'thing-3') broken.resolve();
        return subject === 'thing-3';
      }),
      site.store,
      SITE,
    );
    await append(site, [eventOf('audit', 2), eventOf('audit', 3)]);
    await broken.promise;
    await second();
    expect(await site.store.mark('mqtt-events')).toBe(mark);

    const third = showEvents(
      face(() => false),
      site.store,
      SITE,
    );
    await append(site, [eventOf('audit', 4)]);
    const subjects = async () =>
      (await seen.take(published.length)).map(({ text }) => JSON.parse(text).subject);
    while (!published.includes('thing-4')) await seen.take(seen.all().length + 1);
    await third();
    // Nothing is missing, nothing that was marked comes again, and each batch is in its order.
    expect([...new Set(await subjects())]).toEqual(['thing-1', 'thing-2', 'thing-3', 'thing-4']);
    expect(published.filter((subject) => subject === 'thing-1')).toHaveLength(1);
    expect(published.slice(-3)).toEqual(['thing-2', 'thing-3', 'thing-4']);
    expect(await site.store.mark('mqtt-events')).toBe(await site.store.head());
  });
});
