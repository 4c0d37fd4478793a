import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  DeviceSummary,
  LiveState,
  OrderDetail,
  OrderSummary,
  Problem,
  Task,
  UplinkStatus,
} from '#contracts/api.ts';
import { Command } from '#contracts/commands.ts';
import { SagaDiagram } from '#contracts/diagram.ts';
import { Envelope } from '#contracts/events/envelope.ts';
import { eventCatalogue } from '#contracts/events/index.ts';
import { WorkOrder } from '#contracts/events/order.ts';
import { SagaDefinition } from '#contracts/sagas.ts';
import { SiteFile } from '#contracts/site-file.ts';
import { FrameHeader, MarkReply, SyncRecord } from '#contracts/sync.ts';
import { asyncApi } from './asyncapi.ts';
import { errorReference } from './errors.ts';
import { plain } from './plain.ts';
import { sagaPages } from './sagas.ts';
import { siteFileReference } from './site-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every generated file: path from the root of the checkout, and content. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  const files = new Map<string, string>([
    ['docs/errors.md', errorReference()],
    ['docs/site-file.md', siteFileReference()],
    ['docs/contracts/asyncapi.json', json(asyncApi(version))],
    ...sagaPages(),
  ]);
  const schemas: Record<string, object> = {
    Envelope,
    WorkOrder,
    SiteFile,
    Command,
    FrameHeader,
    MarkReply,
    SyncRecord,
    Problem,
    OrderSummary,
    OrderDetail,
    Task,
    DeviceSummary,
    UplinkStatus,
    LiveState,
    SagaDefinition,
    SagaDiagram,
  };
  for (const [name, schema] of Object.entries(schemas)) {
    files.set(`docs/contracts/schemas/${name}.json`, json(document(name, schema)));
  }
  for (const event of eventCatalogue) {
    files.set(
      `docs/contracts/events/${event.type}.json`,
      json({
        ...document(event.type, event.data),
        title: event.title,
        description: `Lane ${event.lane}, ${event.classification}.`,
      }),
    );
  }
  return files;
}

const document = (name: string, schema: object) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...plain(schema),
  $id: `urn:holdfast:${name}`,
});

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
