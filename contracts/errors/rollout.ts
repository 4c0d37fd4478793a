import type { ErrorEntry } from './entry.ts';

export const rolloutErrors = {
  ROLLOUT_VERSION_NOT_FOUND: {
    message: 'Definition {name} has no version {version}',
    hint: 'Look at "holdfast saga versions {name}"; a hash may be shortened as long as only one begins so.',
    retryable: false,
  },
  ROLLOUT_VERSION_UNFIT: {
    message: 'Version {hash} of {name} cannot run here: {missing}',
    hint: 'Install a release that has what it needs, or choose another version.',
    retryable: false,
  },
  ROLLOUT_UNDER_WAY: {
    message: 'Rollout {rolloutId} of {name} is under way',
    hint: 'Promote it or abort it first.',
    retryable: false,
  },
  ROLLOUT_NOT_FOUND: {
    message: 'There is no {what} {id} under way',
    hint: 'Look at "holdfast saga rollout list", or "holdfast saga shadow list"; it may have ended by itself.',
    retryable: false,
  },
  ROLLOUT_SAME_VERSION: {
    message: 'Version {hash} of {name} is what new sagas get already',
    hint: 'Choose another version; "holdfast saga versions {name}" lists them.',
    retryable: false,
  },
  ROLLOUT_KEY_UNKNOWN: {
    message: 'What goes into {name} has no {key}, so the rollout would take nobody',
    hint: 'Keys are: {known}.',
    retryable: false,
  },
  ROLLOUT_CURRENT_CHANGED: {
    message: 'The versions of {name} were changed at the same moment',
    hint: 'Nothing was done. Look at "holdfast saga versions {name}", and decide again.',
    retryable: false,
  },
  ROLLOUT_TOO_MANY: {
    message: '{count} {what} are under way, which is the most there may be',
    hint: 'End one of them first.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
