import { ApplianceError, type ErrorCode, type ErrorDetails, isApplianceError } from '#contracts/errors.ts';

/** Questions one thread asks another, and their answers. */
export type CallMessage =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly fault: WireFault };

type WireFault =
  | { readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly code: null; readonly message: string };

type Methods = Record<string, (...args: never[]) => unknown>;
/** What `serveCalls` offers, as the other side sees it. */
export type Remote<T extends Methods> = {
  [K in keyof T]: (...args: Parameters<T[K]>) => Promise<Awaited<ReturnType<T[K]>>>;
};

/** Questions that may wait for an answer; a thread that does not answer must not make the other one grow. */
export const CALLS_OPEN_MAX = 20_000;

export interface Caller<T extends Methods> {
  call<K extends keyof T & string>(method: K, ...args: Parameters<T[K]>): Promise<Awaited<ReturnType<T[K]>>>;
  /** Takes an answer; false when the message is none. */
  take(message: CallMessage): boolean;
  /** The other side is gone: everything open ends with the reason. */
  end(reason: string): void;
}

export function createCaller<T extends Methods>(post: (message: CallMessage) => void): Caller<T> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let ended: string | null = null;
  return {
    call(method, ...args) {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      if (ended !== null) reject(new Error(ended));
      else if (open.size >= CALLS_OPEN_MAX) reject(new Error(`more than ${CALLS_OPEN_MAX} calls are open`));
      else {
        lastId += 1;
        open.set(lastId, { resolve, reject });
        post({ type: 'call', id: lastId, method, args });
      }
      return promise as never;
    },
    take(message) {
      if (message.type === 'call') return false;
      const waiting = open.get(message.id);
      open.delete(message.id);
      if (message.type === 'answer') waiting?.resolve(message.value);
      else waiting?.reject(fromWire(message.fault));
      return true;
    },
    end(reason) {
      ended = reason;
      for (const { reject } of open.values()) reject(new Error(reason));
      open.clear();
    },
  };
}

/** Answers calls by name. Only own methods of the table can be reached. */
export async function answerCall(
  methods: Methods,
  message: Extract<CallMessage, { type: 'call' }>,
  post: (message: CallMessage) => void,
): Promise<void> {
  const { id, method, args } = message;
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
  try {
    if (run === undefined) throw new Error(`there is no ${method} here`);
    post({ type: 'answer', id, value: await run(...(args as never[])) });
  } catch (error) {
    post({ type: 'fault', id, fault: toWire(error) });
  }
}

function toWire(error: unknown): WireFault {
  if (isApplianceError(error)) {
    const details = Object.entries(error.details).map(([name, value]) => [name, String(value)]);
    return { code: error.code, details: Object.fromEntries(details) };
  }
  return { code: null, message: error instanceof Error ? error.message : String(error) };
}

const fromWire = (fault: WireFault): Error =>
  fault.code === null ? new Error(fault.message) : new ApplianceError(fault.code, fault.details);
