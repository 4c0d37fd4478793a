export { followSpans } from './log-spans.ts';
export { createLog } from './logging.ts';
export { createMetrics, type MetricSources, type Metrics } from './metrics.ts';
export { childOf, createTracing, formatTraceparent, parseTraceparent, type Tracing } from './tracing.ts';
