/** What the benchmark, its slave and its flood say to each other over their process channels. */
export const CELLS = 4;

export interface Latencies {
  /** From serving the changed sensor to receiving the actuator's write, ms, in the slave's clock. */
  readonly servedToWrite: readonly number[];
  /** From the change itself: adds the wait for the next poll. */
  readonly changeToWrite: readonly number[];
}

export type SlaveOrder = 'collect';
export type SlaveReport = { readonly port: number } | { readonly latencies: Latencies };
export type FloodReport = { readonly connected: true } | { readonly sent: number };
