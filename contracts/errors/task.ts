import type { ErrorEntry } from './entry.ts';

export const taskErrors = {
  TASK_ROLE: {
    message: 'Task {taskId} is for {role}, and {user} is not',
    hint: 'Let somebody with this role do it; a technician can also hand it to you.',
    retryable: false,
  },
  TASK_NOT_YOURS: {
    message: 'Task {taskId} is not with {user}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  TASK_PERSON: {
    message: 'Task {taskId} cannot go to {to}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  TASK_FORM: {
    message: 'Task {taskId}, {field}: {problem}',
    hint: 'Correct the answer at this place; the task shows its form.',
    retryable: false,
  },
  TASK_BUSY: {
    message: 'Task {taskId} changed several times meanwhile',
    hint: 'Look at it and try again; nothing was changed.',
    retryable: true,
  },
  PEOPLE_ABSENCE: {
    message: 'The absence of {user}, {field}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
