import type { Clock } from '#contracts/clock.ts';

export interface KeepAliveEvents {
  onSilence(): void;
  /** We do not read from the client at the moment, so its silence says nothing. */
  isExcused(): boolean;
}

/** [MQTT-3.1.2-24] Silence for one and a half times the keep-alive ends the connection. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #silenceMsMax: number;
  readonly #events: KeepAliveEvents;
  #heardMs: number;
  #cancel: () => void = () => {};

  constructor(clock: Clock, keepAliveSeconds: number, events: KeepAliveEvents) {
    this.#clock = clock;
    this.#silenceMsMax = keepAliveSeconds * 1_500;
    this.#events = events;
    this.#heardMs = clock.monotonicMs();
    // §3.1.2.10: 0 turns it off.
    if (keepAliveSeconds > 0) this.#arm(this.#silenceMsMax);
  }

  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  close(): void {
    this.#cancel();
  }

  // One timer per connection, not one per packet: when it fires it sleeps for what is left.
  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => {
      if (this.#events.isExcused()) this.heard();
      const leftMs = this.#heardMs + this.#silenceMsMax - this.#clock.monotonicMs();
      if (leftMs <= 0) this.#events.onSilence();
      else this.#arm(leftMs);
    });
  }
}
