import type { ErrorEntry } from './entry.ts';

export const notifyErrors = {
  NOTIFY_TEST_FAILED: {
    message: 'Channel {channel} did not take the test message: {reason}',
    hint: 'Compare the channel under "notify" in the site file with what it talks to, then restart and try again.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
