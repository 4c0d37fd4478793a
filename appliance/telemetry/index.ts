export { followSpans } from './log-spans.ts';
export { createLog } from './logging.ts';
export { createMetrics, type MetricSources, type Metrics } from './metrics.ts';
export { childOf, formatTraceparent, parseTraceparent, type Tracing } from './spans.ts';
export { createTracing } from './tracing.ts';
