import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  childOf,
  createTracing,
  formatTraceparent,
  parseTraceparent,
  type Tracing,
} from '../../appliance/telemetry/index.ts';
import { startTestApi } from '../api/test-api.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test.each<[string, string | undefined, object | undefined]>([
    ['sampled', `00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN }],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN }],
    ['absent', undefined, undefined],
    ['empty', '', undefined],
    ['of zeros for the trace', `00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
    ['of zeros for the span', `00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    ['cut short', `00-${TRACE}-${SPAN}`, undefined],
    ['with a tail', `00-${TRACE}-${SPAN}-01-more`, undefined],
    ['of the forbidden version', `ff-${TRACE}-${SPAN}-01`, undefined],
    ['with a line feed', `00-${TRACE}-${SPAN}-01\n`, undefined],
  ])('%s', (_, text, context) => {
    expect(parseTraceparent(text)).toEqual(context);
  });

  test('of a child keeps the trace and gets a span of its own', () => {
    const parent = { traceId: TRACE, spanId: SPAN };
    const child = childOf(parent);
    expect(child.traceId).toBe(TRACE);
    expect(child.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(child.spanId).not.toBe(SPAN);
    expect(parseTraceparent(formatTraceparent(child))).toEqual(child);
    expect(childOf(undefined).traceId).not.toBe(childOf(undefined).traceId);
  });
});

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: { readonly key: string; readonly value: Record<string, unknown> }[];
}
interface OtlpRequest {
  readonly resourceSpans: {
    readonly resource: {
      readonly attributes: { readonly key: string; readonly value: { stringValue?: string } }[];
    };
    readonly scopeSpans: { readonly spans: OtlpSpan[] }[];
  }[];
}

/** A small OTLP/HTTP collector: keeps what is posted to it. */
async function startCollector() {
  const requests: { path: string; type: string; body: OtlpRequest }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest;
    requests.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () =>
      requests.flatMap(({ body }) =>
        body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
    async end() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('with a collector', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let tracing: Tracing;
  beforeAll(async () => {
    collector = await startCollector();
    tracing = await createTracing('test-site', '1.2.3', `${collector.url}/`);
  });
  afterAll(() => collector.end());

  test('a request that changes something arrives there under the trace of its caller', async () => {
    const api = await startTestApi({ tracing });
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    await api.ask('POST', '/orders', {
      headers: { ...api.as('operator'), traceparent },
      payload: { orderId: 'A-1', lines: [{ sku: 'MUG', quantity: 1 }] },
    });
    await api.ask('GET', '/orders', { headers: { ...api.as('operator'), traceparent } });
    const [created] = await api.kept.eventsOf('A-1');
    await api.end();
    tracing.record({
      name: 'step pick',
      kind: 'internal',
      parent: created?.traceparent,
      context: { traceId: TRACE, spanId: 'aaaaaaaaaaaaaaaa' },
      startMs: 1_790_000_000_000.25,
      endMs: 1_790_000_000_500,
      attributes: { attempt: 2 },
      error: 'robot lost',
    });
    await tracing.close();

    expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', type: 'application/json' });
    const attributes = collector.requests[0]?.body.resourceSpans[0]?.resource.attributes ?? [];
    expect(Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))).toEqual({
      'service.name': 'holdfast',
      'service.version': '1.2.3',
      'service.instance.id': 'test-site',
    });
    // A page that only looks makes no span.
    const [request, step, ...more] = collector.spans();
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      name: 'POST /api/v1/orders',
      attributes: [{ key: 'http.response.status_code', value: { intValue: 201 } }],
    });
    // What lies in the log goes on below the request's own span.
    expect(created?.traceparent).toBe(`00-${TRACE}-${request?.spanId}-01`);
    expect(step).toMatchObject({
      traceId: TRACE,
      spanId: 'aaaaaaaaaaaaaaaa',
      parentSpanId: request?.spanId,
      name: 'step pick',
      startTimeUnixNano: '1790000000000250000',
      endTimeUnixNano: '1790000000500000000',
      status: { code: 2, message: 'robot lost' },
    });
  });
});

test('without a collector nothing is recorded and nothing has to be ended', async () => {
  const tracing = await createTracing('test-site', '1.2.3', undefined);
  expect(tracing.enabled).toBe(false);
  await tracing.close();
});
