import { randomBytes } from 'node:crypto';

/**
 * The trace context of a delivery: a new span in the trace of the first traced event of the frame, or a trace of
 * its own. The context of each event travels inside its envelope.
 *
 * Source: W3C Trace Context §3.2.2.
 */
export function deliveryTrace(ofEvent: string | null): string {
  const span = randomBytes(8).toString('hex');
  const [, traceId, , flags] = ofEvent?.split('-') ?? [];
  return `00-${traceId ?? randomBytes(16).toString('hex')}-${span}-${flags ?? '00'}`;
}
