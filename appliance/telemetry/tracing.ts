import { randomBytes } from 'node:crypto';
import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';

/** A finished piece of work. Times are wall milliseconds. */
export interface Span {
  readonly name: string;
  readonly kind: 'server' | 'internal';
  /** Trace context of the parent. */
  readonly parent: string | undefined;
  readonly context: SpanContext;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly error?: string | undefined;
}

export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
}

export interface Tracing {
  readonly enabled: boolean;
  record(span: Span): void;
  close(): Promise<void>;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;

/** Source: W3C Trace Context §3.2; an invalid header is ignored, as §3.2.2.2 asks. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = text === undefined ? null : TRACEPARENT.exec(text);
  const [, traceId, spanId] = match ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}

export const formatTraceparent = ({ traceId, spanId }: SpanContext): string => `00-${traceId}-${spanId}-01`;

/** A span below the parent, or the first of a new trace. */
export function childOf(parent: SpanContext | undefined): SpanContext {
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  };
}

const SPANS_QUEUED_MAX = 8_192;
/** A collector that does not answer must not hold up the stop of the site. */
const EXPORT_MS_MAX = 5_000;

/** Exports spans to an OTLP/HTTP collector; without one, `record` does nothing. Full queues drop spans. */
export function createTracing(site: string, version: string, otlpUrl: string | undefined): Tracing {
  if (otlpUrl === undefined) return { enabled: false, record() {}, close: async () => undefined };
  return tracingInto(
    new OTLPTraceExporter({
      url: `${otlpUrl.replace(/\/$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_MS_MAX,
    }),
    site,
    version,
  );
}

export function tracingInto(exporter: SpanExporter, site: string, version: string): Tracing {
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: SPANS_QUEUED_MAX });
  const resource = resourceFromAttributes({
    'service.name': 'holdfast',
    'service.version': version,
    'service.instance.id': site,
  });
  return {
    enabled: true,
    record: (span) => processor.onEnd(readable(span, resource, version)),
    close: () => processor.shutdown(),
  };
}

function readable(span: Span, resource: ReadableSpan['resource'], version: string): ReadableSpan {
  const context = { ...span.context, traceFlags: TraceFlags.SAMPLED };
  const parent = parseTraceparent(span.parent);
  return {
    name: span.name,
    kind: span.kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parent === undefined
      ? {}
      : { parentSpanContext: { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true } }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(Math.max(0, span.endMs - span.startMs)),
    status:
      span.error === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'holdfast', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
