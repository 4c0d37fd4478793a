import { Value } from 'typebox/value';
import { WebSocket } from 'ws';
import { RosbridgeMessage, type RosbridgeRequest } from '#contracts/ros.ts';

/** One message; a map or an image does not belong on this connection. */
const MESSAGE_BYTES_MAX = 1_048_576;
/** What the bridge has not taken yet; past it the connection is as good as dead. */
const UNSENT_BYTES_MAX = 1_048_576;
const HANDSHAKE_MS_MAX = 5_000;

export interface RosSocket {
  /** False when the connection is gone: then nothing was sent. */
  send(request: RosbridgeRequest): boolean;
  close(): Promise<void>;
}

export interface RosSocketOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  onMessage(message: RosbridgeMessage): void;
  /** Something came that is no message of rosbridge v2. */
  onJunk(): void;
  onEnd(reason: string): void;
}

/** A WebSocket that speaks JSON messages of rosbridge v2 and drops the rest. Resolves when it is open. */
export function openRosSocket({
  url,
  signal,
  onMessage,
  onJunk,
  onEnd,
}: RosSocketOptions): Promise<RosSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      handshakeTimeout: HANDSHAKE_MS_MAX,
      maxPayload: MESSAGE_BYTES_MAX,
      // Small messages many times a second: compressing them costs more than it saves.
      perMessageDeflate: false,
    });
    const gone = new Promise<void>((settled) => socket.once('close', () => settled()));
    const onAbort = () => socket.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    let reason = 'the bridge closed the connection';
    socket.on('error', (error) => {
      reason = error.message;
      reject(error);
    });
    socket.on('close', () => {
      signal.removeEventListener('abort', onAbort);
      onEnd(reason);
      reject(new Error(reason));
    });
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : parse(String(data));
      if (message === undefined) onJunk();
      else onMessage(message);
    });
    socket.once('open', () =>
      resolve({
        send(request) {
          if (socket.readyState !== WebSocket.OPEN) return false;
          if (socket.bufferedAmount > UNSENT_BYTES_MAX) {
            reason = 'the bridge takes no more data';
            socket.terminate();
            return false;
          }
          socket.send(JSON.stringify(request));
          return true;
        },
        close() {
          socket.terminate();
          return gone;
        },
      }),
    );
  });
}

function parse(text: string): RosbridgeMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return Value.Check(RosbridgeMessage, message) ? message : undefined;
  } catch {
    // Not JSON: the caller counts it.
    return undefined;
  }
}
