import { expect, test } from 'vitest';
import type { OrderDetail } from '#contracts/api.ts';
import type { SagaView } from '#contracts/saga-api.ts';
import type { SiteFile } from '#contracts/site-file.ts';
import type { TagSample } from '#contracts/tags.ts';
import { parseSiteFile } from '../../appliance/site-file/index.ts';
import { taskContext } from '../../appliance/task-context.ts';
import { robot } from '../api/rows.ts';

const siteFile: SiteFile = parseSiteFile(
  `
site: { id: hall, name: Hall }
places:
  - { id: rack-1, kind: rack, x: 1, y: 1 }
  - { id: rack-2, kind: rack, x: 2, y: 1 }
devices:
  - id: line-plc
    driver: modbus
    connection: { host: 127.0.0.1 }
    tags: [{ name: run, address: "coil:1", type: boolean }]
`,
  'site.yaml',
);

const step = (position: number, what: string) => ({
  position,
  at: `2026-06-01T12:00:0${position}.000Z`,
  what,
  made: [],
});

const saga = {
  input: { orderId: 'A-1' },
  outputs: { lease: { robotId: 'amr-1' }, pick: [{ place: 'rack-2' }], convey: { by: 'line-plc' } },
  steps: [1, 2, 3, 4, 5, 6, 7].map((position) => step(position, `step ${position}`)),
} as unknown as SagaView;

const order = {
  orderId: 'A-1',
  pieceCount: 3,
  lineCount: 2,
  destination: 'packing-1',
  customer: 'Ada',
  timeline: [{ kind: 'retry' }, { kind: 'step' }],
} as unknown as OrderDetail;

const jam: TagSample = {
  path: 'line-plc/run',
  value: false,
  quality: { level: 'bad', reason: 'link down' },
  sourceTimeMs: 1,
};

test('a task shows its order, where things are, what is measured and what happened last', () => {
  const lines = taskContext({
    siteFile,
    order,
    saga,
    robots: [robot('amr-1', { place: 'rack-2', toteId: 'T-1' }), robot('amr-2')],
    tagsOf: (device) => (device === 'line-plc' ? [jam] : []),
  });
  expect(lines.map(({ label, value }) => `${label}: ${value}`)).toEqual([
    'Order: A-1, 3 pieces in 2 lines, to packing-1',
    'Customer: Ada',
    'Repeated attempts: 1',
    'Places: rack-2',
    'amr-1: idle at rack-2, battery 75 %, with tote T-1',
    'line-plc/run: false (link down)',
    'At 2026-06-01T12:00:03.000Z: step 3',
    'At 2026-06-01T12:00:04.000Z: step 4',
    'At 2026-06-01T12:00:05.000Z: step 5',
    'At 2026-06-01T12:00:06.000Z: step 6',
    'At 2026-06-01T12:00:07.000Z: step 7',
  ]);
});

test('a saga without an order and without equipment has what happened', () => {
  const bare = { ...saga, input: null, outputs: {}, steps: [step(1, 'It was begun')] } as SagaView;
  const none = { siteFile, order: undefined, robots: [robot('amr-1')], tagsOf: () => [jam] };
  expect(taskContext({ ...none, saga: bare })).toEqual([
    { label: 'At 2026-06-01T12:00:01.000Z', value: 'It was begun' },
  ]);
  expect(taskContext({ ...none, saga: undefined })).toEqual([]);
});
