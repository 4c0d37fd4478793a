import { queryStatuses, transportStatuses } from '#contracts/bindings.ts';
import type { Reconciliation } from '#contracts/commands.ts';
import { ApplianceError } from '#contracts/errors.ts';
import type { TagSample } from '#contracts/tags.ts';
import { type CallResult, fault, goodValue, verified } from './adapter.ts';

/** What a PLC says of one transport request. */
export type TransportReport =
  | { state: 'ended'; status: (typeof transportStatuses)[number]; lane: string }
  | { state: 'running' }
  | { state: 'none' };

export interface TransportRequest {
  readonly commandId: string;
  readonly target: string;
  readonly toteId: string;
  /** Lane as the PLC names it. */
  readonly lane: string;
  /** `reject` is content with any way off the line; `convey` wants the lane it named. */
  readonly goal: 'convey' | 'reject';
}

const STROBE_LIMIT = 2 ** 31;

/** The next strobe. Any change counts, so a value that is no counter starts over at 1. */
export function nextStrobe(current: unknown): number {
  if (typeof current !== 'number' || !Number.isInteger(current) || current < 0) return 1;
  return (current + 1) % STROBE_LIMIT;
}

/** The done triple, when it is good and is about this request; undefined says nothing about it. */
export function readDone(id: string, samples: readonly TagSample[]): TransportReport | undefined {
  const [doneId, lane, status] = samples.map(goodValue);
  if (doneId !== id) return undefined;
  const known = transportStatuses.find((candidate) => candidate === status);
  return known === undefined || typeof lane !== 'string'
    ? undefined
    : { state: 'ended', status: known, lane };
}

/** The answer to a query, when it is good and is about this request. */
export function readAnswer(id: string, samples: readonly TagSample[]): TransportReport | undefined {
  const [answerId, status, lane] = samples.map(goodValue);
  if (answerId !== id) return undefined;
  const known = queryStatuses.find((candidate) => candidate === status);
  if (known === undefined) return undefined;
  if (known === 'running' || known === 'none') return { state: known };
  return typeof lane === 'string' ? { state: 'ended', status: known, lane } : undefined;
}

/** How a transport that has ended counts for the call that asked for it. */
export function judge(
  request: TransportRequest,
  report: Extract<TransportReport, { state: 'ended' }>,
  placeOf: (lane: string) => string,
): CallResult {
  const { target, toteId, goal, lane } = request;
  if (report.status === 'jam') {
    return fault(new ApplianceError('DRV_JAM', { target, what: `tote ${toteId}` }));
  }
  if (goal === 'reject') return verified();
  if (report.status === 'ok' && report.lane === lane) return verified({ lane: placeOf(report.lane) });
  const reason =
    report.status === 'absent'
      ? `tote ${toteId} is not on the line`
      : `tote ${toteId} left by ${report.lane}`;
  return fault(new ApplianceError('DRV_REFUSED', { device: target, what: `to convey to ${lane}`, reason }));
}

export function toReconciliation(report: TransportReport, judged: () => CallResult): Reconciliation {
  if (report.state === 'running') return { outcome: 'running' };
  if (report.state === 'none') return { outcome: 'not-done', reason: 'the PLC never took this request' };
  const result = judged();
  if (result.state === 'verified') return { outcome: 'done', data: result.data };
  return { outcome: 'failed', reason: result.reason };
}
