import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { parseTraceparent, type Span, type Tracing } from './spans.ts';

const SPANS_QUEUED_MAX = 8_192;
/** A collector that does not answer must not hold up the stop of the site. */
const EXPORT_MS_MAX = 5_000;

/** Tracing into the collector at this address. */
export function otlpTracing(site: string, version: string, otlpUrl: string): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${otlpUrl.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_MS_MAX,
  });
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
