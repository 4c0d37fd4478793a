import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { createEvent, Envelope } from '#contracts/events/envelope.ts';
import { workOrderFailed } from '#contracts/events/order.ts';
import { asyncApi } from '../../scripts/docs/asyncapi.ts';
import { generatedDocs } from '../../scripts/docs/generate.ts';
import { plain } from '../../scripts/docs/plain.ts';

test('the AsyncAPI document is valid by its own parser', async () => {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApi('1.0.0')));
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 0);
  expect(errors.map((error) => `${error.path.join('.')}: ${error.message}`)).toEqual([]);
  expect(document?.channels().all().length).toBe(2);
}, 60_000);

test('every published schema compiles in a validator that is not ours', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const schemas = [...generatedDocs()].filter(([path]) => /^docs\/contracts\/(schemas|events)\//.test(path));
  expect(schemas.length).toBeGreaterThan(30);
  for (const [path, text] of schemas)
    expect(() => ajv.compile(JSON.parse(text) as object), path).not.toThrow();
});

test('an event as we make it passes its published schemas', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const data = { orderId: 'A-1', sagaId: 's', reason: 'no stock' };
  const event = createEvent(workOrderFailed, 'A-1', data, {
    site: 'demo',
    component: 'test',
    nowMs: Date.UTC(2026, 0, 2),
    correlationId: 'A-1',
  });
  expect(ajv.validate(plain(Envelope), JSON.parse(JSON.stringify(event)))).toBe(true);
  expect(ajv.validate(plain(workOrderFailed.data), data)).toBe(true);
  expect(ajv.validate(plain(workOrderFailed.data), { orderId: 'A-1' })).toBe(false);
});
