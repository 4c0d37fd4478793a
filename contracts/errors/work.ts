import type { ErrorEntry } from './entry.ts';

export const workErrors = {
  WORK_INPUT: {
    message: '{saga} cannot begin with this: {place} {problem}',
    hint: 'GET /api/v1/work, or "holdfast work list", shows what it takes.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
