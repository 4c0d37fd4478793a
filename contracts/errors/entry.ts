/** One row of the error reference: what happened, what to do about it, whether trying again can help. */
export interface ErrorEntry {
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
}
