import type { Log } from '#contracts/log.ts';
import type { AedesPacket } from './persistence/aedes-packet.ts';
import type { StorePersistence } from './persistence/persistence.ts';
import { deleteWill } from './persistence/rows.ts';
import type { Admission } from './session/admission.ts';

/**
 * Publishes wills, each once whenever the process is killed: its row goes in the transaction that takes the
 * message. A will of an earlier process is published at start, since that process can no longer have read a
 * DISCONNECT [MQTT-3.1.2-8].
 */
export class Wills {
  readonly #persistence: StorePersistence;
  readonly #admission: Admission;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();

  constructor(persistence: StorePersistence, admission: Admission, log: Log) {
    this.#persistence = persistence;
    this.#admission = admission;
    this.#log = log;
  }

  publish(clientId: string, will: AedesPacket): void {
    this.#persistence.forgetWill(clientId);
    const { topic, qos, retain } = will;
    const message = { topic, payload: Buffer.from(will.payload), qos, retain };
    const done = this.#admission.admit(message, [deleteWill(clientId)]).catch((error: unknown) => {
      this.#log.error({ err: error, clientId }, 'a will could not be stored; it goes out at the next start');
    });
    this.#running.add(done);
    done.finally(() => this.#running.delete(done));
  }

  publishOpen(): Promise<void> {
    for (const will of this.#persistence.openWills()) this.publish(will.clientId, will);
    return this.idle();
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
