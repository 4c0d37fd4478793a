import type { ErrorEntry } from './entry.ts';

export const storeErrors = {
  STORE_CONFLICT: {
    message: 'Statement {statement} changed {got} rows where {wanted} were expected',
    hint: 'Somebody else was faster. Read again and decide anew.',
    retryable: true,
  },
  STORE_DUPLICATE: {
    message: 'Event {eventId} is in the log already, at offset {offset}',
    hint: 'The same commit was made before. It was not made again; go on from what is stored.',
    retryable: false,
  },
  STORE_FULL: {
    message: 'The disk holding {dir} is full',
    hint: 'Free space; the site keeps refusing new orders until there is room.',
    retryable: true,
  },
  STORE_IO: {
    message: 'The disk holding {dir} does not take data: {problem}',
    hint: 'Look at the kernel log for the disk and for a file system that went read-only.',
    retryable: true,
  },
  STORE_BUSY: {
    message: 'The store has {waiting} {what} waiting already',
    hint: 'Slow down and repeat later; the disk is slower than what is asked of it.',
    retryable: true,
  },
  STORE_TOO_LARGE: {
    message: '{what} is larger than the store takes: {got} of at most {max}',
    hint: 'Split it.',
    retryable: false,
  },
  STORE_STATEMENT: {
    message: 'Statement {statement} failed: {problem}',
    hint: 'This is a fault of the program; send the log to whoever maintains it.',
    retryable: false,
  },
  STORE_BROKEN: {
    message: 'The store stopped for good: {problem}',
    hint: 'Restart the appliance. Whether the last, unanswered transactions were kept shows then.',
    retryable: false,
  },
  STORE_UNFIT: {
    message: 'The store cannot be used: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  STORE_CLOSED: {
    message: 'The store is closed',
    hint: 'The appliance is stopping; repeat after the restart.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
