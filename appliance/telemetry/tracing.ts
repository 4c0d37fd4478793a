import type { Tracing } from './spans.ts';

/** Exports spans to an OTLP/HTTP collector; without one, `record` does nothing. Full queues drop spans. */
export async function createTracing(
  site: string,
  version: string,
  otlpUrl: string | undefined,
): Promise<Tracing> {
  if (otlpUrl === undefined) return { enabled: false, record() {}, close: async () => undefined };
  // Most sites have no collector, and the libraries are two megabytes.
  const { otlpTracing } = await import('./otlp-tracing.ts');
  return otlpTracing(site, version, otlpUrl);
}
