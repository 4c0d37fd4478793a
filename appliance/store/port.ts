/** One end of a channel between a client and the store: a MessagePort, or its likeness within one thread. */
export interface Port {
  postMessage(message: unknown): void;
  on<M>(event: 'message' | 'close', listener: (message: M) => void): unknown;
  close(): void;
}
