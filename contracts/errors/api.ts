import type { ErrorEntry } from './entry.ts';

export const apiErrors = {
  API_UNAUTHENTICATED: {
    message: 'Sign in first',
    hint: 'Open the page with the one-time code, sign in, or send an access token.',
    retryable: false,
  },
  API_FORBIDDEN: {
    message: 'Role {role} may not {action}',
    hint: 'Ask an administrator of this site for the role {needed}.',
    retryable: false,
  },
  API_NOT_FOUND: {
    message: 'There is no {what} {id}',
    hint: 'Look it up in the list; it may have been spelled differently.',
    retryable: false,
  },
  API_INVALID: {
    message: '{field}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  API_BODY_TOO_LARGE: {
    message: 'The body is larger than {bytesMax} bytes',
    hint: 'Split it into several requests.',
    retryable: false,
  },
  API_KEY_REUSED: {
    message: 'Idempotency key {key} was used before with a different body',
    hint: 'Use a new key for a new request; repeat a request with the same body.',
    retryable: false,
  },
  API_LISTEN_FAILED: {
    message: 'The API cannot listen on {host}:{port}: {reason}',
    hint: 'End the program that holds the port, or choose another in the site file under http.',
    retryable: true,
  },
  API_RATE_LIMITED: {
    message: 'Too many attempts',
    hint: 'Wait {waitSeconds} seconds and try again.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
