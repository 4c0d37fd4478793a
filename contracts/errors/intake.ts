import type { ErrorEntry } from './entry.ts';

export const intakeErrors = {
  INT_INVALID: {
    message: '{field}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  INT_UNMAPPED: {
    message: 'No mapping for {what}',
    hint: 'Add a mapping for it to the site file, or stop sending it.',
    retryable: false,
  },
  INT_CONFLICT: {
    message: 'Order {orderId} exists with different content',
    hint: 'Send the change under a new order id, or cancel the first.',
    retryable: false,
  },
  INT_BACKLOG_FULL: {
    message: '{waiting} accepted orders wait to begin, which is the most this site holds',
    hint: 'Nothing was taken. Send it again in {waitSeconds} seconds; the alarm of the site says what to look at.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
