import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, commandStates } from '#contracts/commands.ts';
import { commandEvent } from '#contracts/events/command.ts';
import { type AnyEvent, createEvent, type EventContext } from '#contracts/events/envelope.ts';
import {
  type WorkOrder,
  workOrderCompleted,
  workOrderCreated,
  workOrderFailed,
} from '#contracts/events/order.ts';
import { sagaStepEnded, sagaStepStarted } from '#contracts/events/saga.ts';
import { followSpans, type Tracing } from '../../appliance/telemetry/index.ts';
import { createSpanBuilder, OPEN_SPANS_MAX } from '../../appliance/telemetry/log-spans.ts';
import type { Span } from '../../appliance/telemetry/spans.ts';
import { type KeptStore, keepStore } from '../support/keep-store.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
const at = (nowMs: number, trace: string | undefined = traceparent): EventContext => ({
  site: 'test-site',
  component: 'test',
  nowMs: 1_790_000_000_000 + nowMs,
  correlationId: 'A-1',
  traceparent: trace,
});
const order = (orderId: string): WorkOrder => ({
  orderId,
  kind: 'pick',
  priority: 5,
  destination: 'packing-1',
  lines: [{ line: 1, sku: 'MUG', quantity: 1 }],
});
const created = (orderId: string, context = at(0)) =>
  createEvent(workOrderCreated, orderId, order(orderId), context);
const completed = (orderId: string, context: EventContext) =>
  createEvent(workOrderCompleted, orderId, { orderId, sagaId: 's-1', picked: [], short: [] }, context);
const step = { sagaId: 's-1', definition: 'pick-order', step: 'convey', attempt: 1 };
const stepStarted = (context: EventContext, attempt = 1) =>
  createEvent(sagaStepStarted, 's-1', { ...step, attempt }, context);
const command: Command = {
  commandId: 'c-1',
  target: 'amr-1',
  call: { capability: 'MobileRobot', action: 'goTo', args: {} },
  expiresAtMs: 1,
  timeoutMs: 1,
  epoch: 1,
  requestedBy: { kind: 'saga', id: 's-1' },
  reason: 'fetch',
  correlationId: 'A-1',
  traceparent,
};
const spansOf = (events: readonly AnyEvent[]): Span[] => {
  const builder = createSpanBuilder();
  return events.flatMap((event) => builder.take(event) ?? []);
};

describe('spans from the log', () => {
  test('an order spans from its acceptance to its end, below its trace', () => {
    const [span, ...more] = spansOf([created('A-1', at(0)), completed('A-1', at(9_000))]);
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: 'order',
      parent: traceparent,
      context: { traceId: TRACE },
      startMs: 1_790_000_000_000,
      endMs: 1_790_000_009_000,
      attributes: { 'holdfast.correlation_id': 'A-1' },
      error: undefined,
    });
    expect(span?.context.spanId).not.toBe('00f067aa0ba902b7');
  });

  test('a failed order says why', () => {
    const failed = createEvent(
      workOrderFailed,
      'A-1',
      { orderId: 'A-1', sagaId: 's-1', reason: 'no stock' },
      at(5),
    );
    expect(spansOf([created('A-1'), failed])).toMatchObject([{ error: 'no stock' }]);
  });

  test.each([
    ['succeeded', undefined, undefined],
    ['reconciled', undefined, undefined],
    ['failed', 'jammed', 'jammed'],
    ['timed-out', undefined, 'timed-out'],
  ] as const)('a step that %s ends its own attempt', (outcome, reason, error) => {
    const ended = createEvent(
      sagaStepEnded,
      's-1',
      { ...step, attempt: 2, outcome, ...(reason === undefined ? {} : { reason }) },
      at(300),
    );
    expect(spansOf([stepStarted(at(0), 1), stepStarted(at(100), 2), ended])).toMatchObject([
      { name: 'step convey', startMs: 1_790_000_000_100, attributes: { attempt: 2, outcome }, error },
    ]);
  });

  test.each(commandStates.filter((state) => state !== 'requested'))('a command that is %s', (state) => {
    const requested = commandEvent({ command, state: 'requested', atMs: 1_790_000_000_000 }, 'test-site');
    const change = commandEvent({ command, state, atMs: 1_790_000_000_200, reason: 'so it is' }, 'test-site');
    const goesOn = state === 'admitted' || state === 'dispatched';
    const isFine = state === 'verified' || state === 'reconciled';
    expect(spansOf([requested, change])).toMatchObject(
      goesOn
        ? []
        : [{ name: 'command amr-1 goTo', attributes: { state }, error: isFine ? undefined : 'so it is' }],
    );
    // Its end comes once: what is reconciled later belongs to no open work.
    expect(spansOf([requested, change, change])).toHaveLength(goesOn ? 0 : 1);
  });

  test.each([
    ['an end without a beginning', [completed('A-1', at(1))]],
    ['work without a trace', [created('A-1'), completed('A-1', { ...at(1), traceparent: undefined })]],
    ['a broken trace', [created('A-1'), completed('A-1', at(1, 'not a trace'))]],
  ])('%s makes none', (_, events) => {
    expect(spansOf(events)).toEqual([]);
  });

  test('of more open work than there is room for the oldest is forgotten', () => {
    const builder = createSpanBuilder();
    for (let nth = 0; nth <= OPEN_SPANS_MAX; nth += 1) builder.take(created(`A-${nth}`));
    expect(builder.take(completed('A-0', at(1)))).toBeUndefined();
    expect(builder.take(completed('A-1', at(1)))).toBeDefined();
  });
});

describe('following the log', () => {
  let kept: KeptStore;
  beforeAll(async () => {
    kept = await keepStore([]);
  });
  afterAll(() => kept.end());

  test('makes each span once, also over a stop and a start', async () => {
    const spans: Span[] = [];
    let heard: () => void = () => undefined;
    const tracing: Tracing = {
      enabled: true,
      record(span) {
        spans.push(span);
        heard();
      },
      close: async () => undefined,
    };
    const nextSpan = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      });
    const append = (...events: AnyEvent[]) =>
      kept.store.commit(events.map((event) => ({ op: 'append', event }) as const));

    const first = nextSpan();
    const stop = followSpans(kept.store, tracing);
    await append(created('B-1'), completed('B-1', at(10)));
    await first;
    await stop();
    const second = nextSpan();
    const stopAgain = followSpans(kept.store, tracing);
    await append(created('B-2'), completed('B-2', at(20)));
    await second;
    await stopAgain();
    expect(spans.map(({ endMs }) => endMs - 1_790_000_000_000)).toEqual([10, 20]);
    expect(await kept.store.mark('tracing')).toBe(await kept.store.head());
  });

  test('without a collector reads nothing', async () => {
    const mark = await kept.store.mark('tracing');
    const stop = followSpans(kept.store, {
      enabled: false,
      record: () => expect.unreachable(),
      close: async () => undefined,
    });
    await kept.store.commit([{ op: 'append', event: created('B-3') }]);
    await stop();
    expect(await kept.store.mark('tracing')).toBe(mark);
  });
});
