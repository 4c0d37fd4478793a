import type { ReconcilePolicy, RefusalPolicy, RetryPolicy } from '#contracts/sagas.ts';

/** What a step gets when its definition says nothing else. */
export const defaultRetry: RetryPolicy = {
  attempts: 5,
  firstMs: 500,
  factor: 2,
  capMs: 30_000,
  nonRetryable: [],
};

/** An e-stop is cleared by people: half an hour of patience, at most 15 s between looks. */
export const defaultRefusal: RefusalPolicy = {
  firstMs: 500,
  factor: 1.5,
  capMs: 15_000,
  budgetMs: 1_800_000,
};

/** Eight questions within about two minutes: long enough for a robot to find its way back into the radio. */
export const defaultReconcile: ReconcilePolicy = {
  queries: 8,
  firstMs: 1_000,
  factor: 2,
  capMs: 30_000,
  answerMs: 10_000,
  whenUnknown: 'person',
};

export const DEFAULT_TIMEOUT_MS = 30_000;
/** A command that found no way to its device within this time is dead. */
export const DEFAULT_EXPIRY_MS = 10_000;
