import type { Port } from '../port.ts';

/** Channels within one thread. What is posted arrives in order, all of it in the next turn of the event loop. */
export interface Wire {
  pair(): readonly [Port, Port];
  /** Nothing arrives any more, at no end; nobody is told. */
  cut(): void;
  /** Messages carried so far. */
  carried(): number;
}

type Listener = (message: never) => void;

export function createWire(): Wire {
  let queue: (() => void)[] = [];
  let carried = 0;
  let isCut = false;

  const deliverAll = () => {
    const due = queue;
    queue = [];
    for (const deliver of due) if (!isCut) deliver();
  };
  const carry = (deliver: () => void) => {
    if (isCut) return;
    carried += 1;
    if (queue.length === 0) setImmediate(deliverAll);
    queue.push(deliver);
  };

  const end = (mine: Map<string, Listener>, others: Map<string, Listener>): Port => ({
    postMessage: (message) => carry(() => others.get('message')?.(message as never)),
    on: (event, listener) => mine.set(event, listener as Listener),
    close: () => carry(() => others.get('close')?.(undefined as never)),
  });

  return {
    pair() {
      const [here, there] = [new Map<string, Listener>(), new Map<string, Listener>()];
      return [end(here, there), end(there, here)];
    },
    cut() {
      isCut = true;
      queue = [];
    },
    carried: () => carried,
  };
}
