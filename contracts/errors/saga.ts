import type { ErrorEntry } from './entry.ts';

export const sagaErrors = {
  SAGA_DEFINITION_INVALID: {
    message: 'Definition {definition}, {place}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  SAGA_FILE_INVALID: {
    message: '{file}, line {line}, column {column}: {problem}',
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
  SAGA_OUTPUT_TOO_LONG: {
    message: 'The output has {bytes} bytes, and {bytesMax} are allowed',
    hint: 'Keep large things where they are, and let the activity return a reference to them.',
    retryable: false,
  },
  SAGA_NOT_WRITTEN: {
    message: 'What was asked of saga {sagaId} could not be written down',
    hint: 'Nothing was done. The log of the appliance names the cause; tell support.',
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
  SAGA_MODEL_NOT_FOUND: {
    message: 'There is no model {model}',
    hint: 'Known are: {known}. Models are declared in the site file under models.',
    retryable: false,
  },
  SAGA_MODEL_BASELINE: {
    message:
      'Model {model} has no new baseline: {count} decisions of its version are known, {wanted} are needed',
    hint: 'Wait until it has been asked often enough; it is asked on the side meanwhile.',
    retryable: false,
  },
  SAGA_INVENTORY_SHORT: {
    message: 'Stock of {sku} does not suffice: {wanted} wanted, {available} free',
    hint: 'Replenish it, or let a person accept the order short.',
    retryable: false,
  },
  SAGA_BUSY: {
    message: 'Saga {sagaId} was not begun: {reason}',
    hint: 'Nothing was done. Repeat it with the same id in a few seconds.',
    retryable: true,
  },
  SAGA_CAPABILITY_MISSING: {
    message: 'Definition {definition} ({hash}) needs {capability}, which {place} has',
    hint: 'Add a device with it to the site file, or end the {running} sagas that still use it first.',
    retryable: false,
  },
  SAGA_CHILD_MISSING: {
    message:
      'Definition {definition} ({hash}) begins saga {child}, which is not among the definitions of this site',
    hint: 'Add the definition {child}, or end the {running} sagas that still use it first.',
    retryable: false,
  },
  SAGA_MODEL_MISSING: {
    message: 'Definition {definition} ({hash}) asks model {model}, which the site file does not declare',
    hint: 'Declare it under models, or end the {running} sagas that still use it first.',
    retryable: false,
  },
  SAGA_SIGNAL_INVALID: {
    message: 'Signal {name} for saga {sagaId}, {pointer}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  SAGA_SIGNALS_FULL: {
    message: 'Saga {sagaId} has {countMax} signals already that it has not taken',
    hint: 'Look why it does not wait for them; they expire by themselves.',
    retryable: false,
  },
  SAGA_SIGNALS_EARLY: {
    message: '{countMax} signals wait already for sagas that had not begun; one for {sagaId} is not taken',
    hint: 'Look whether the sender has the right id, and begin the sagas. Kept ones make room when they are taken or expire.',
    retryable: true,
  },
  SAGA_ENDED: {
    message: 'Saga {sagaId} has ended: {status}',
    hint: 'Nothing was done. It takes nothing more; look at its history.',
    retryable: false,
  },
  SAGA_BREAKER_NOT_FOUND: {
    message: 'There is no circuit breaker {breaker}',
    hint: 'Known are those in the list of breakers; one appears when its device or endpoint is first used.',
    retryable: false,
  },
  SAGA_SCHEDULE_INVALID: {
    message: 'Schedule {schedule}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  SAGA_PROGRESS_TOO_LONG: {
    message: 'A heartbeat of saga {sagaId} tells {bytes} bytes of progress, {bytesMax} at most are kept',
    hint: 'Tell how far it is, such as a count or a position; what it has made belongs into its output.',
    retryable: false,
  },
  SAGA_STARTING: {
    message: 'The site has just started and takes up the work of before',
    hint: 'Nothing was done. Repeat it in a few seconds; /readyz says when.',
    retryable: true,
  },
  SAGA_STOPPED: {
    message: 'The orchestrator is stopping',
    hint: 'Repeat after the restart; nothing was done.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
