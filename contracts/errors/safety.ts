import type { ErrorEntry } from './entry.ts';

export const safetyErrors = {
  SAFE_THREAD_LOST: {
    message: 'The safety thread stopped: {reason}',
    hint: 'The process ends so that the service manager restarts it; devices are in their safe states.',
    retryable: true,
  },
  SAFE_UNKNOWN_TARGET: {
    message: 'There is no {target} on this site',
    hint: 'Compare the capability ids in the site file.',
    retryable: false,
  },
  SAFE_INVALID_CALL: {
    message: '{target} cannot be told that: {problem}',
    hint: 'Compare the call with the capability table in the reference of contracts.',
    retryable: false,
  },
  SAFE_ID_REUSED: {
    message: 'Command id {commandId} was used before for something else',
    hint: 'Give every new command a new id; repeat a command unchanged.',
    retryable: false,
  },
  SAFE_EXPIRED: {
    message: 'The command came {lateMs} ms after its time',
    hint: 'Compare the clocks; ask again if the work is still wanted.',
    retryable: false,
  },
  SAFE_EXPIRY_TOO_FAR: {
    message: 'The command would live for {hours} hours; {hoursMax} are allowed',
    hint: 'Check the clock of the box, or give the command a nearer expiry.',
    retryable: false,
  },
  SAFE_FENCED: {
    message:
      '{target} was taken out of the hands of whoever asked (its lease is {highest}, the command has {epoch})',
    hint: 'Somebody else has it now, such as its recovery. Go on with another robot, or cancel.',
    retryable: false,
  },
  SAFE_BUSY: {
    message: '{target} is busy: {what}',
    hint: 'Wait until it has ended, or cancel it.',
    retryable: true,
  },
  SAFE_INTERLOCKED: {
    message: '{target} must not move: {reasons}',
    hint: 'Remove the cause on the floor, then reset the interlock.',
    retryable: true,
  },
  SAFE_OVERLOADED: {
    message: 'The gate remembers as many commands as it may ({countMax})',
    hint: 'Give commands a nearer expiry; look for a saga that repeats itself.',
    retryable: true,
  },
  SAFE_RESET_REFUSED: {
    message: 'Interlock {interlock} cannot be reset: {reason}',
    hint: 'Clear the cause on the floor first.',
    retryable: true,
  },
  SAFE_CLOSED: {
    message: 'The site is shutting down',
    hint: 'Wait until it is up again.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
