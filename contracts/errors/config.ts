import type { ErrorEntry } from './entry.ts';

export const configErrors = {
  CFG_INVALID: {
    message: '{file}:{line}:{column} {path}: {problem}',
    hint: '{cure}',
    retryable: false,
  },
  CFG_NOT_FOUND: {
    message: 'There is no site file at {file}',
    hint: 'Pass one with --site, or make one with "holdfast init".',
    retryable: false,
  },
  CFG_UNREADABLE: {
    message: '{file} cannot be read: {reason}',
    hint: 'Name a file, not a folder, that this user may read.',
    retryable: false,
  },
  CFG_OTHER_SITE: {
    message: 'The data folder {dataDir} holds the records of site {kept}, not of {site}',
    hint: 'Name another folder with --data; each site has its own.',
    retryable: false,
  },
  CFG_SECRET: {
    message: 'The secret {reference} cannot be read',
    hint: 'Set the variable, or put the file where the site file says, readable by this user.',
    retryable: true,
  },
  DEMO_PROGRAM_FAILED: {
    message: 'The {name} of the demo {problem}',
    hint: 'Its own words are in {log}.',
    retryable: true,
  },
} as const satisfies Record<string, ErrorEntry>;
