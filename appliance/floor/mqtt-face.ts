import type { Store } from '#contracts/store.ts';
import type { TagSample } from '#contracts/tags.ts';

/** What the face needs of the broker. */
export interface TopicPublisher {
  publish(topic: string, payload: string, options: { qos: 0 | 1; retain: boolean }): Promise<void>;
}

const CONSUMER = 'mqtt-events';
const BATCH_COUNT_MAX = 256;

export const tagTopic = (site: string, path: string): string => `site/${site}/tags/${path}`;
export const eventTopic = (site: string, lane: string, type: string): string =>
  `site/${site}/events/${lane}/${type}`;

/** Tags as retained messages. A client that comes later reads the latest, with its quality. */
export function tagPayload(sample: TagSample): string {
  const { path, ...reading } = sample;
  return JSON.stringify({ path, ...reading });
}

export function showTags(publisher: TopicPublisher, site: string, samples: readonly TagSample[]): void {
  for (const sample of samples) {
    // The broker answers for its own faults; the next sample replaces this one anyway.
    publisher
      .publish(tagTopic(site, sample.path), tagPayload(sample), { qos: 0, retain: true })
      .catch(() => undefined);
  }
}

/** Events of the log, after they are on disk, in its order. At least once: the mark follows the publishing. */
export function showEvents(publisher: TopicPublisher, store: Store, site: string): () => Promise<void> {
  return store.follow({ consumer: CONSUMER, batchCountMax: BATCH_COUNT_MAX }, async (records) => {
    await Promise.all(
      records.map(({ event }) =>
        publisher.publish(eventTopic(site, event.lane, event.type), JSON.stringify(event), {
          qos: 1,
          retain: false,
        }),
      ),
    );
    const last = records.at(-1);
    if (last !== undefined) await store.commit([{ op: 'mark', consumer: CONSUMER, offset: last.offset }]);
  });
}
