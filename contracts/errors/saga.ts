import type { ErrorEntry } from './entry.ts';

export const sagaErrors = {
  SAGA_DEFINITION_INVALID: {
    message: 'Definition {definition}, {place}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  SAGA_NOT_FOUND: {
    message: 'There is no saga {sagaId}',
    hint: 'Look it up by its order.',
    retryable: false,
  },
  SAGA_ORDER_NOT_FOUND: {
    message: 'There is no order {orderId}',
    hint: 'Look it up in the list of orders; it may have been refused by the intake.',
    retryable: false,
  },
  SAGA_ORDER_ENDED: {
    message: 'Order {orderId} has already ended: {state}',
    hint: 'Make a new order; an order that ended stays as it is.',
    retryable: false,
  },
  SAGA_ACTIVITY_MISSING: {
    message: 'Definition {definition} ({hash}) needs activity {activity}, which this release does not have',
    hint: 'Install a release that has it, or end the {running} sagas that still use it first.',
    retryable: false,
  },
  SAGA_EXPRESSION: {
    message: '{place}: {problem}',
    hint: 'Correct the definition; the saga waits for a person meanwhile.',
    retryable: false,
  },
  SAGA_TASK_NOT_FOUND: {
    message: 'There is no open task {taskId}',
    hint: 'Somebody may have decided it already; look at the timeline of the order.',
    retryable: false,
  },
  SAGA_TASK_TAKEN: {
    message: 'Task {taskId} is with {by}',
    hint: 'Talk to {by}, or choose another task.',
    retryable: false,
  },
  SAGA_TASK_DECISION: {
    message: 'Task {taskId} cannot be decided with {decision}: {problem}',
    hint: 'Choose one of: {decisions}.',
    retryable: false,
  },
  SAGA_INVENTORY_SHORT: {
    message: 'Stock of {sku} does not suffice: {wanted} wanted, {available} free',
    hint: 'Replenish it, or let a person accept the order short.',
    retryable: false,
  },
  SAGA_STOPPED: {
    message: 'The orchestrator is stopping',
    hint: 'Repeat after the restart; nothing was done.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
