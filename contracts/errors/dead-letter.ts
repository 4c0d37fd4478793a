import type { ErrorEntry } from './entry.ts';

export const deadLetterErrors = {
  SAGA_DEAD_LETTER_NOT_FOUND: {
    message: 'There is no dead letter {taskId}',
    hint: 'Look at the list of dead letters; old ones are deleted with their saga.',
    retryable: false,
  },
  SAGA_DEAD_LETTER_CLOSED: {
    message: 'Dead letter {taskId} goes on already: {decision}',
    hint: 'Look at its saga; if it is stuck again, there is a new dead letter.',
    retryable: false,
  },
  SAGA_DEAD_LETTER_CALL: {
    message: 'The runbook of dead letter {taskId} does not call {channel}',
    hint: 'It calls: {channels}. Add "call: {channel}" to the actions of the runbook.',
    retryable: false,
  },
  SAGA_REDRIVE_INPUT: {
    message: 'Dead letter {taskId} cannot go on with this input: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  SAGA_REDRIVE_ALL: {
    message: 'No filter was given: all open dead letters would go on',
    hint: 'Name a cause, definition, step, device or time; or say so when you mean all of them, with --all or "all": true.',
    retryable: false,
  },
  SAGA_REDRIVE_NOT_FOUND: {
    message: 'There is no re-drive {redriveId}',
    hint: 'Look at the list of re-drives; old ones are deleted.',
    retryable: false,
  },
  SAGA_REDRIVES_FULL: {
    message: '{countMax} re-drives are under way already',
    hint: 'Wait for one of them to end, or stop it.',
    retryable: true,
  },
  SAGA_KPI_RANGE: {
    message: 'More than {countMax} windows of a {span} were asked for',
    hint: 'Ask for a shorter time, or for days.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
