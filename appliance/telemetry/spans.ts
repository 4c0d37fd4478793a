import { randomBytes } from 'node:crypto';

/** A finished piece of work. Times are wall milliseconds. */
export interface Span {
  readonly name: string;
  readonly kind: 'server' | 'internal';
  /** Trace context of the parent. */
  readonly parent: string | undefined;
  readonly context: SpanContext;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
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
