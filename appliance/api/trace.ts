import type { FastifyInstance, FastifyRequest } from 'fastify';
import { childOf, formatTraceparent, parseTraceparent, type Tracing } from '../telemetry/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Trace context of this request, below the caller's if it sent one. */
    traceparent: string;
  }
}

/** Gives every request a trace context and, with a collector, every changing request a span. */
export function installTracing(app: FastifyInstance, tracing: Tracing, nowMs: () => number): void {
  app.decorateRequest('traceparent', '');
  app.addHook('onRequest', async (request) => {
    request.traceparent = formatTraceparent(childOf(parseTraceparent(callersContext(request))));
  });
  if (!tracing.enabled) return;
  app.addHook('onResponse', async (request, reply) => {
    const context = parseTraceparent(request.traceparent);
    if (request.method === 'GET' || context === undefined) return;
    const endMs = nowMs();
    tracing.record({
      name: `${request.method} ${request.routeOptions.url ?? 'unknown'}`,
      kind: 'server',
      parent: callersContext(request),
      context,
      startMs: endMs - reply.elapsedTime,
      endMs,
      attributes: { 'http.response.status_code': reply.statusCode },
      error: reply.statusCode >= 500 ? `status ${reply.statusCode}` : undefined,
    });
  });
}

function callersContext(request: FastifyRequest): string | undefined {
  const header = request.headers.traceparent;
  return typeof header === 'string' ? header : undefined;
}
