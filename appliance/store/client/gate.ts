import { ApplianceError } from '#contracts/errors.ts';
import { createFifo } from './fifo.ts';

export interface GateLimits {
  readonly what: string;
  readonly inFlightMax: number;
  readonly bytesInFlightMax: number;
  readonly waitingMax: number;
  readonly bytesWaitingMax: number;
}

interface Entry<Answer> {
  readonly id: number;
  readonly bytes: number;
  readonly send: () => void;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client's requests: so many under way, more wait here in order, and past that a caller is refused with
 * STORE_BUSY. A port itself has no limit, and a slow disk must not fill the memory of the process.
 */
export interface Gate<Answer> {
  pass(id: number, bytes: number, send: () => void): Promise<Answer>;
  answer(id: number, answer: Answer): void;
  refuse(id: number, error: Error): void;
  /** Rejects everything, now and later. */
  close(error: Error): void;
  /** Resolves when nothing is under way or waiting. */
  idle(): Promise<void>;
}

export function createGate<Answer>(limits: GateLimits): Gate<Answer> {
  const inFlight = new Map<number, Entry<Answer>>();
  const waiting = createFifo<Entry<Answer>>();
  let bytesInFlight = 0;
  let bytesWaiting = 0;
  let closed: Error | undefined;
  let onIdle: (() => void)[] = [];

  const hasRoom = (bytes: number): boolean =>
    inFlight.size === 0 ||
    (inFlight.size < limits.inFlightMax && bytesInFlight + bytes <= limits.bytesInFlightMax);
  const isTooMuch = (bytes: number): boolean =>
    waiting.count >= limits.waitingMax || bytesWaiting + bytes > limits.bytesWaitingMax;

  const send = (entry: Entry<Answer>): void => {
    inFlight.set(entry.id, entry);
    bytesInFlight += entry.bytes;
    entry.send();
  };
  const sendWaiting = (): void => {
    for (let entry = waiting.peek(); entry !== undefined; entry = waiting.peek()) {
      if (!hasRoom(entry.bytes)) return;
      waiting.shift();
      bytesWaiting -= entry.bytes;
      send(entry);
    }
  };
  const settle = (id: number, act: (entry: Entry<Answer>) => void): void => {
    const entry = inFlight.get(id);
    if (entry === undefined) return;
    inFlight.delete(id);
    bytesInFlight -= entry.bytes;
    act(entry);
    sendWaiting();
    if (inFlight.size === 0) tellIdle();
  };
  const tellIdle = (): void => {
    const told = onIdle;
    onIdle = [];
    for (const resolve of told) resolve();
  };

  return {
    pass(id, bytes, sendIt) {
      if (closed !== undefined) return Promise.reject(closed);
      const mustWait = waiting.count > 0 || !hasRoom(bytes);
      if (mustWait && isTooMuch(bytes)) return Promise.reject(busy(limits.what, waiting.count));
      return new Promise((resolve, reject) => {
        const entry = { id, bytes, send: sendIt, resolve, reject };
        if (!mustWait) return send(entry);
        waiting.push(entry);
        bytesWaiting += bytes;
      });
    },
    answer: (id, answer) => settle(id, (entry) => entry.resolve(answer)),
    refuse: (id, error) => settle(id, (entry) => entry.reject(error)),
    close(error) {
      closed ??= error;
      const left = [...inFlight.values(), ...waiting.drain()];
      inFlight.clear();
      for (const entry of left) entry.reject(error);
      tellIdle();
    },
    idle: () => (inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  };
}

const busy = (what: string, waiting: number): ApplianceError =>
  new ApplianceError('STORE_BUSY', { waiting, what });
