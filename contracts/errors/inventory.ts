import type { ErrorEntry } from './entry.ts';

export const inventoryErrors = {
  STOCK_NO_ROOM: {
    message: 'No place has room for {quantity} × {sku}',
    hint: 'Make room, or add places or capacity to the site file.',
    retryable: true,
  },
  STOCK_CLAIMED: {
    message: 'Place {place} is taken for {purpose} by {holder}',
    hint: 'Wait until that has ended, or end it.',
    retryable: true,
  },
  STOCK_PROMISED: {
    message: '{quantity} pieces at {place} are set aside for orders that are under way',
    hint: 'Wait until they have been picked, or cancel the orders.',
    retryable: true,
  },
  STOCK_CHANGED: {
    message: 'The stock of {sku} at {place} is no longer {expected}: it is {found}',
    hint: 'Somebody booked in between. Look at the place and count it again.',
    retryable: false,
  },
  STOCK_GIVEN_UP: {
    message: 'What {key} was to do was given up before it was done',
    hint: 'Nothing to do; begin anew if it is still wanted.',
    retryable: false,
  },
  STOCK_PLACE_NOT_FOUND: {
    message: 'There is no place {place} for {what}',
    hint: 'Name one of: {known}.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>;
