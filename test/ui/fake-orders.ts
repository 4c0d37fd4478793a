import type { OrderDetail, OrderState, OrderSummary, Refusal, TimelineEntry } from '#contracts/api.ts';
import { ago } from './fake-time.ts';

function order(id: string, state: OrderState, more: Partial<OrderSummary> = {}): OrderSummary {
  const age = (Number(id.slice(-2)) % 30) * 20 + 30;
  return {
    orderId: id,
    state,
    priority: 5,
    risk: null,
    lineCount: 2,
    pieceCount: 8,
    destination: 'packing-1',
    customer: '17850',
    step: null,
    robot: null,
    acceptedAt: ago(age),
    changedAt: ago(age / 3),
    sagaId: state === 'accepted' ? null : `saga-${id}`,
    taskId: null,
    ...more,
  };
}

export function orders(): OrderSummary[] {
  const done = Array.from({ length: 16 }, (_, index) =>
    order(`5363${String(10 + index)}`, 'completed', {
      changedAt: ago(200 + index * 95),
      pieceCount: 3 + index,
    }),
  );
  return [
    order('536371', 'running', {
      step: 'Picking 80 pieces',
      robot: 'amr-1',
      pieceCount: 80,
      destination: 'packing-2',
    }),
    order('536373', 'running', { step: 'Driving to the induct', robot: 'amr-2', priority: 1 }),
    order('536374', 'running', { step: 'Conveying to packing-3', destination: 'packing-3', pieceCount: 32 }),
    order('536367', 'waiting-for-person', {
      step: 'Human check',
      robot: 'amr-3',
      taskId: 'task-1',
      pieceCount: 6,
    }),
    order('536369', 'waiting-for-person', { step: 'Reconcile conveyor', taskId: 'task-2' }),
    order('536381', 'accepted', { pieceCount: 35, priority: 2 }),
    order('536382', 'accepted', { destination: 'packing-2' }),
    order('536384', 'accepted', { destination: 'packing-3', customer: null }),
    order('536365', 'failed', { changedAt: ago(1_400) }),
    order('536366', 'cancelled', { changedAt: ago(2_100) }),
    ...done,
  ];
}

export const refusals: readonly Refusal[] = [
  {
    at: ago(61),
    intake: 'debezium',
    key: 'C536379',
    code: 'INT_INVALID',
    reason: 'quantity: −1 is less than 1',
    hint: 'A cancellation of an order that this site does not know. Send it as a cancel of the first order.',
  },
  {
    at: ago(410),
    intake: 'http',
    key: '536370',
    code: 'INT_INVALID',
    reason: 'lines/17/sku: POST is not in the inventory',
    hint: 'Postage is not picked: leave the line out, or add the article to the inventory file.',
  },
  {
    at: ago(4_000),
    intake: 'replay',
    key: '536381',
    code: 'INT_CONFLICT',
    reason: 'Order 536381 exists with different content',
    hint: 'Send the change under a new order id, or cancel the first.',
  },
];

/** A life with everything in it: a retry, a refusal, a person, and amends. */
export function timeline(summary: OrderSummary): TimelineEntry[] {
  const entry = (seconds: number, title: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
    at: ago(seconds),
    kind: 'step',
    title,
    outcome: 'ok',
    step: null,
    attempt: null,
    detail: null,
    durationMs: null,
    ...more,
  });
  if (summary.state === 'accepted') {
    return [entry(40, 'Accepted from the warehouse system', { kind: 'order', outcome: 'info' })];
  }
  const start: TimelineEntry[] = [
    entry(480, 'Accepted from the warehouse system', { kind: 'order', outcome: 'info' }),
    entry(479, 'Reserve inventory', { durationMs: 14, attempt: 1 }),
    entry(478, 'Choose a robot', { detail: 'amr-3: nearest with enough charge', durationMs: 6, attempt: 1 }),
    entry(477, 'amr-3: goTo rack-8-20', {
      kind: 'command',
      outcome: 'refused',
      detail: 'Interlock gate-2: Gate 2 is open',
      durationMs: 3,
    }),
    entry(475, 'Send the robot', {
      kind: 'retry',
      outcome: 'info',
      attempt: 2,
      detail: 'The gate refused; again after 2.0 s',
    }),
    entry(473, 'amr-3: goTo rack-8-20', { kind: 'command', durationMs: 61_400 }),
    entry(411, 'Pick', {
      outcome: 'failed',
      attempt: 1,
      detail: 'Scanned 84879, wanted 22745',
      durationMs: 22_100,
    }),
  ];
  if (summary.state !== 'failed' && summary.state !== 'cancelled') {
    return [
      ...start,
      entry(260, 'Wrong article in the tote of amr-3', {
        kind: 'task',
        outcome: 'waiting',
        detail: 'Waits for a decision',
      }),
    ];
  }
  return [
    ...start,
    entry(389, 'Wrong article in the tote of amr-3', {
      kind: 'task',
      detail: 'marta: Cancel the order. “Shelf is empty.”',
      durationMs: 88_000,
    }),
    entry(300, 'Put the goods back', {
      kind: 'compensation',
      durationMs: 47_000,
      detail: 'amends for: Pick',
    }),
    entry(253, 'Send the robot away', {
      kind: 'compensation',
      durationMs: 31_000,
      detail: 'amends for: Send the robot',
    }),
    entry(222, 'Free the lane', {
      kind: 'compensation',
      outcome: 'skipped',
      detail: 'It was never reserved',
    }),
    entry(221, 'Release inventory', {
      kind: 'compensation',
      durationMs: 9,
      detail: 'amends for: Reserve inventory',
    }),
    entry(220, 'Ended without being filled; everything is undone', {
      kind: 'saga',
      outcome: 'failed',
      durationMs: 258_000,
    }),
  ];
}

export const detailOf = (summary: OrderSummary): OrderDetail => ({
  ...summary,
  order: {
    orderId: summary.orderId,
    kind: 'pick',
    priority: summary.priority,
    destination: summary.destination,
    lines: [
      { line: 1, sku: '22745', quantity: 6, description: 'Poppy’s playhouse bedroom' },
      {
        line: 2,
        sku: '84879',
        quantity: Math.max(1, summary.pieceCount - 6),
        description: 'Assorted colour bird ornament',
      },
    ],
  },
  timeline: timeline(summary),
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
});
