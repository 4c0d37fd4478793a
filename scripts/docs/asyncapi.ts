import { Envelope } from '#contracts/events/envelope.ts';
import { eventCatalogue } from '#contracts/events/index.ts';
import { TagSample } from '#contracts/tags.ts';
import { plain } from './plain.ts';

/** AsyncAPI 3 of what the site says over MQTT: every event of the catalogue, and tags. */
export function asyncApi(version: string): object {
  const messages = Object.fromEntries(
    eventCatalogue.map((event) => [
      event.type,
      {
        name: event.type,
        title: event.title,
        contentType: 'application/cloudevents+json',
        payload: {
          allOf: [
            { $ref: '#/components/schemas/Envelope' },
            {
              type: 'object',
              properties: {
                type: { const: event.type },
                lane: { const: event.lane },
                classification: { const: event.classification },
                data: plain(event.data),
              },
            },
          ],
        },
      },
    ]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Holdfast events and tags',
      version,
      description:
        'What one site publishes on its broker. Clients need credentials and a grant for each topic.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      site: {
        host: 'site.local:8883',
        protocol: 'mqtts',
        protocolVersion: '3.1.1',
        description: 'The broker of the site.',
      },
    },
    channels: {
      events: {
        address: 'site/{site}/events/{lane}/{type}',
        description: 'Every event of the log, after it is on disk, in the order of the log. QoS 1.',
        parameters: {
          site: { description: 'Id of the site.' },
          lane: { description: 'Lane of the event.', enum: ['safety', 'audit', 'business', 'telemetry'] },
          type: { description: 'Type of the event.' },
        },
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
      tags: {
        address: 'site/{site}/tags/{device}/{tag}',
        description: 'Latest sample of a tag, retained. Bad quality carries its reason.',
        parameters: {
          site: { description: 'Id of the site.' },
          device: { description: 'Id of the device.' },
          tag: { description: 'Name of the tag.' },
        },
        messages: { tag: { $ref: '#/components/messages/tag' } },
      },
    },
    operations: {
      sendEvents: { action: 'send', channel: { $ref: '#/channels/events' } },
      sendTags: { action: 'send', channel: { $ref: '#/channels/tags' } },
    },
    components: {
      messages: { ...messages, tag: { name: 'tag', title: 'A sample', payload: plain(TagSample) } },
      schemas: { Envelope: withoutId(plain(Envelope)) },
    },
  };
}

function withoutId(schema: object): object {
  const { $id: _, ...rest } = schema as { $id?: string };
  return rest;
}
