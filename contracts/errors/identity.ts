import type { ErrorEntry } from './entry.ts';

export const identityErrors = {
  IDN_CLAIM_INVALID: {
    message: 'This one-time code is wrong, used or expired',
    hint: 'Make a new one on the box with "holdfast claim".',
    retryable: false,
  },
  IDN_SIGN_IN_REFUSED: {
    message: 'User name or password is wrong',
    hint: 'Try again, or ask an administrator of this site to set a new password.',
    retryable: false,
  },
  IDN_PASSWORD_WEAK: {
    message: 'This password cannot be used: {problem}',
    hint: 'Take {lengthMin} characters or more; three or four unrelated words are good.',
    retryable: false,
  },
  IDN_NAME_INVALID: {
    message: '{name} cannot be used as a name',
    hint: 'Use 1 to 64 letters, digits, dots, dashes or underscores.',
    retryable: false,
  },
  IDN_EXISTS: {
    message: 'There is already a {what} {name}',
    hint: 'Choose another name, or remove the first.',
    retryable: false,
  },
  IDN_NOT_FOUND: {
    message: 'There is no {what} {name}',
    hint: 'Look it up in the list; it may have been spelled differently.',
    retryable: false,
  },
  IDN_TOO_MANY: {
    message: 'There are as many {what} as one site may have',
    hint: 'Remove those that nobody uses any more.',
    retryable: false,
  },
  IDN_LAST_ADMIN: {
    message: '{name} is the last administrator',
    hint: 'Make another administrator first, so that the site stays reachable.',
    retryable: false,
  },
  IDN_PKI_UNUSABLE: {
    message: 'The certificate authority in {dir} cannot be used: {problem}',
    hint: 'Restore the folder from a backup, or move it away to make a new authority (clients must trust it anew).',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
