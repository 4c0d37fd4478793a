import type { ErrorEntry } from './entry.ts';

export const syncErrors = {
  SYNC_UPLINK_DOWN: {
    message: 'Uplink {host} is unreachable: {reason}',
    hint: 'Records are kept locally; check the WAN cable and DNS.',
    retryable: true,
  },
  SYNC_REFUSED: {
    message: 'The region refused a frame: {problem}',
    hint: 'Compare the token and the site name with the receiver.',
    retryable: false,
  },
  SYNC_UNSAFE_URL: {
    message: 'Uplink {uplink} would send its token unencrypted to {host}',
    hint: 'Use https, or a receiver on this machine.',
    retryable: false,
  },
  SYNC_UNUSABLE: {
    message: 'Uplink {uplink} cannot be used: {problem}',
    hint: 'Correct url, token or caFile of the uplink in the site file.',
    retryable: false,
  },
  SYNC_THREAD_LOST: {
    message: 'The uplink thread stopped: {reason}',
    hint: 'It is started again by itself; records are kept locally meanwhile.',
    retryable: true,
  },
  SYNC_TOKEN_WRONG: {
    message: 'The token is not one of site {site}',
    hint: 'Put the token that the region issued for this site into the site file.',
    retryable: false,
  },
  SYNC_TOKEN_UNKNOWN: {
    message: 'The token is missing or unknown',
    hint: 'Send "Authorization: Bearer <token>" with a token from the token file of the receiver.',
    retryable: false,
  },
  SYNC_ENCODING_UNKNOWN: {
    message: 'Frames packed with {encoding} are not understood',
    hint: 'Send gzip.',
    retryable: false,
  },
  SYNC_ARCHIVE_FAILED: {
    message: 'The archive of the region could not be used',
    hint: 'Look into the log of the receiver: disk, database, permissions.',
    retryable: true,
  },
  SYNC_FRAME_DAMAGED: {
    message: 'The frame is damaged: {problem}',
    hint: 'Send it again; if it stays so, something between site and region changes the data.',
    retryable: true,
  },
  SYNC_FRAME_TOO_LARGE: {
    message: 'The frame has {bytes} bytes {where}; {bytesMax} are allowed',
    hint: 'Lower batchBytesMax or batchCountMax of the uplink.',
    retryable: false,
  },
  SYNC_VERSION_UNKNOWN: {
    message: 'Frames of version {version} are not understood',
    hint: 'Update the receiver before the sites.',
    retryable: false,
  },
  SYNC_RECORD_INVALID: {
    message: 'Record {sequence}: {problem}',
    hint: 'The site and the receiver disagree about the format; compare their versions.',
    retryable: false,
  },
  SYNC_GAP: {
    message: 'Sequence {wanted} is next, not {got}',
    hint: 'Go on from the mark in this answer.',
    retryable: true,
  },
  SYNC_CONFLICT: {
    message: 'Sequence {sequence} holds another event already',
    hint: 'Two stores send under one name and epoch. Give the restored or copied site a new epoch.',
    retryable: false,
  },
  SYNC_BUSY: {
    message: 'The receiver has {framesMax} frames in hand',
    hint: 'Try again after a moment.',
    retryable: true,
  },
  SYNC_TOKEN_FILE: {
    message: 'Token file {file} cannot be used: {problem}',
    hint: 'It is JSON: { "sites": { "<site>": "<token>" }, "readers": ["<token>"] }, tokens of 16 characters or more.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
