import { Duplex } from 'node:stream';
import { type Frame, Framer } from '../wire/framer.ts';

// aedes writes CONNACK, SUBACK and UNSUBACK here; a SUBACK has a byte per filter of one SUBSCRIBE.
const ANSWER_BYTES_MAX = 1_048_576;

/**
 * The connection as aedes sees it: it reads the control packets we let through, and what it writes comes back
 * to us as packets. Messages do not pass here.
 */
export class ControlPipe extends Duplex {
  readonly #answers = new Framer(ANSWER_BYTES_MAX);
  readonly #onAnswer: (frame: Frame) => void;
  /** The client id aedes is to use: an empty one in CONNECT got a name from us. */
  readonly clientId: string;
  /** aedes has gone through CONNECT to the end. */
  readonly onReady: () => void;

  constructor(clientId: string, on: { answer: (frame: Frame) => void; ready: () => void }) {
    super();
    this.clientId = clientId;
    this.#onAnswer = on.answer;
    this.onReady = on.ready;
  }

  /** Hands a packet to aedes. */
  pass(bytes: Buffer): void {
    if (!this.destroyed) this.push(bytes);
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, _encoding: string, done: (error?: Error | null) => void): void {
    this.#answers.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    for (let next = this.#answers.next(); next !== undefined; next = this.#answers.next()) {
      if ('problem' in next) {
        done(new Error(next.problem));
        return;
      }
      this.#onAnswer(next);
    }
    done();
  }
}
