import { commandChanged, commandRequested } from '#contracts/events/command.ts';
import { type AnyEvent, isEvent } from '#contracts/events/envelope.ts';
import { workOrderCompleted, workOrderCreated, workOrderFailed } from '#contracts/events/order.ts';
import { sagaStepEnded, sagaStepStarted } from '#contracts/events/saga.ts';
import type { Store } from '#contracts/store.ts';
import { childOf, parseTraceparent, type Span, type Tracing } from './spans.ts';

const CONSUMER = 'tracing';
/** Work that is open at once; past it the oldest is forgotten and makes no span. */
export const OPEN_SPANS_MAX = 20_000;

/** Makes spans of orders, steps and commands from their events: a trace goes on over a restart. */
export function followSpans(store: Store, tracing: Tracing): () => Promise<void> {
  if (!tracing.enabled) return async () => undefined;
  const builder = createSpanBuilder();
  return store.follow({ consumer: CONSUMER, batchCountMax: 500 }, async (records) => {
    for (const { event } of records) {
      const span = builder.take(event);
      if (span !== undefined) tracing.record(span);
    }
    const last = records.at(-1);
    if (last !== undefined) await store.commit([{ op: 'mark', consumer: CONSUMER, offset: last.offset }]);
  });
}

interface Opening {
  readonly name: string;
  readonly startMs: number;
}

const finalCommandStates = new Set(['refused', 'verified', 'failed', 'expired', 'unknown', 'reconciled']);

/** Pairs the beginning of work with its end. */
export function createSpanBuilder(): { take(event: AnyEvent): Span | undefined } {
  const open = new Map<string, Opening>();

  function begin(key: string, name: string, event: AnyEvent): undefined {
    open.set(key, { name, startMs: Date.parse(event.time) });
    if (open.size <= OPEN_SPANS_MAX) return;
    const [oldest] = open.keys();
    if (oldest !== undefined) open.delete(oldest);
  }

  function end(
    key: string,
    event: AnyEvent,
    attributes: Span['attributes'],
    error?: string,
  ): Span | undefined {
    const opening = open.get(key);
    open.delete(key);
    const parent = parseTraceparent(event.traceparent);
    if (opening === undefined || parent === undefined) return undefined;
    return {
      name: opening.name,
      kind: 'internal',
      parent: event.traceparent,
      context: childOf(parent),
      startMs: opening.startMs,
      endMs: Date.parse(event.time),
      attributes: { 'holdfast.correlation_id': event.correlationid, ...attributes },
      error,
    };
  }

  return {
    take(event) {
      if (isEvent(event, workOrderCreated)) return begin(`order ${event.data.orderId}`, 'order', event);
      if (isEvent(event, workOrderCompleted)) return end(`order ${event.data.orderId}`, event, {});
      if (isEvent(event, workOrderFailed))
        return end(`order ${event.data.orderId}`, event, {}, event.data.reason);
      if (isEvent(event, sagaStepStarted)) {
        const { sagaId, step, attempt } = event.data;
        return begin(`step ${sagaId} ${step} ${attempt}`, `step ${step}`, event);
      }
      if (isEvent(event, sagaStepEnded)) {
        const { sagaId, step, attempt, outcome, reason } = event.data;
        const failed = outcome === 'succeeded' || outcome === 'reconciled' ? undefined : (reason ?? outcome);
        return end(`step ${sagaId} ${step} ${attempt}`, event, { attempt, outcome }, failed);
      }
      if (isEvent(event, commandRequested)) {
        const { commandId, target, call } = event.data;
        return begin(`command ${commandId}`, `command ${target} ${call.action}`, event);
      }
      if (isEvent(event, commandChanged) && finalCommandStates.has(event.data.state)) {
        const { commandId, state, reason } = event.data;
        const failed = state === 'verified' || state === 'reconciled' ? undefined : (reason ?? state);
        return end(`command ${commandId}`, event, { state }, failed);
      }
      return undefined;
    },
  };
}
